package io.sluice;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.Http2Client.GoAway;
import io.sluice.Http2Client.Stream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.eclipse.jetty.http2.server.HTTP2CServerConnectionFactory;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** HTTP/2 clients are told to leave in two steps, and whatever they asked in time is answered. */
@Timeout(60)
class Http2GoAwayTest {
    private static final GoAway LEAVE = new GoAway(Http2Client.LAST_OF_ALL, Http2Client.NO_ERROR);

    @BeforeAll
    static void makeCertificate(@TempDir Path directory) throws Exception {
        Http2Surroundings.makeCertificate(directory);
    }

    /** Streams in flight when the drain begins, and more of them opened when the client has been told to leave. */
    @ParameterizedTest
    @EnumSource
    void streamsInFlightAreAnswered(Http2Surroundings surroundings) throws Exception {
        CountDownLatch serving = new CountDownLatch(10);
        CountDownLatch goOn = new CountDownLatch(1);
        try (TestServer server = surroundings.start(300)) {
            server.onRequest(request -> {
                serving.countDown();
                goOn.await();
            });
            Http2Client client = surroundings.connect(server.port());
            open(client, 10);
            serving.await();
            Stopping stopping = Stopping.server(server);

            client.readUntil(() -> !client.goAways().isEmpty());
            assertEquals(List.of(LEAVE), client.goAways());
            open(client, 5); // They crossed the GOAWAY, as the server sees it.
            goOn.countDown();
            client.readToEnd();

            assertAllAnswered(client, 15);
            assertFarewell(client);
            assertTrue(stopping.millis() < 2500, "the stop went on after the answers");
            assertTrue(server.report().isLossless(), server.report().toJson());
        }
    }

    /** A session that asks nothing any more is told twice and closed when the grace is over. */
    @ParameterizedTest
    @EnumSource
    void anIdleSessionIsClosedAfterTheGrace(Http2Surroundings surroundings) throws Exception {
        try (TestServer server = surroundings.start(600)) {
            Http2Client client = withOneAnswer(surroundings.connect(server.port()));
            Stopping stopping = Stopping.server(server);

            client.readUntil(() -> client.goAways().size() == 1);
            assertEquals(List.of(LEAVE), client.goAways());
            assertTrue(stopping.millisSoFar() < 600, "told late to leave");
            client.readToEnd();

            assertFarewell(client);
            assertTrue(stopping.millisSoFar() >= 600, "closed before the grace was over");
            assertTrue(stopping.millis() < 2500, "the stop was held longer than the grace");
            assertTrue(server.report().isLossless(), server.report().toJson());
        }
    }

    /** Only the connector shuts down, and the client does not take the hint: its session is closed all the same. */
    @Test
    void anIdleSessionDoesNotOutliveTheGrace() throws Exception {
        try (TestServer server = Http2Surroundings.CLEAR_TEXT.start(300)) {
            Http2Client client = withOneAnswer(Http2Client.connect(server.port()));
            Stopping stopping = Stopping.of(server, server.connector::shutdown);

            client.readToEndAndStay();

            assertFarewell(client);
            assertTrue(stopping.millisSoFar() < 2500, "left open after the last GOAWAY");
        }
    }

    /** An idle session opens a stream within the grace, after the GOAWAY or just before it comes. */
    @ParameterizedTest
    @EnumSource
    void aStreamWithinTheGraceIsAnswered(Http2Surroundings surroundings) throws Exception {
        try (TestServer server = surroundings.start(800)) {
            Http2Client afterwards = withOneAnswer(surroundings.connect(server.port()));
            Http2Client crossing = withOneAnswer(surroundings.connect(server.port()));
            Stopping stopping = Stopping.server(server);

            crossing.get();
            afterwards.readUntil(() -> !afterwards.goAways().isEmpty());
            afterwards.get();
            crossing.readToEnd();
            afterwards.readToEnd();

            assertAllAnswered(crossing, 2);
            assertAllAnswered(afterwards, 2);
            assertFarewell(crossing);
            assertFarewell(afterwards);
            assertTrue(stopping.millis() < 2500, "the stop was held longer than the grace");
            assertTrue(server.report().isLossless(), server.report().toJson());
        }
    }

    /** A session without a request is not told to leave before it has had its first. */
    @ParameterizedTest
    @EnumSource
    void theFirstRequestMayComeInTheDrain(Http2Surroundings surroundings) throws Exception {
        try (TestServer server = surroundings.start(800)) {
            Http2Client told = withOneAnswer(surroundings.connect(server.port()));
            Http2Client late = surroundings.connect(server.port());
            late.readUntil(late::isSettingsSeen);
            Stopping.server(server);
            told.readUntil(() -> !told.goAways().isEmpty());

            Stream first = late.get();
            late.readUntil(first::isComplete);
            List<GoAway> before = List.copyOf(late.goAways());
            late.readToEnd();

            assertTrue(before.isEmpty() || before.equals(List.of(LEAVE)), before::toString);
            assertAllAnswered(late, 1);
            assertFarewell(late);
        }
    }

    /** A session that stays without a request is closed when the grace is over. */
    @Test
    void aSessionWithoutARequestIsClosedAfterTheGrace() throws Exception {
        try (CapturedLog log = new CapturedLog();
                TestServer server = Http2Surroundings.CLEAR_TEXT.start(300)) {
            Http2Client client = Http2Client.connect(server.port());
            client.readUntil(client::isSettingsSeen);
            Stopping stopping = Stopping.server(server);

            client.readUntil(() -> !client.goAways().isEmpty());
            assertTrue(stopping.millisSoFar() >= 300, "told to leave before its first request");
            client.readToEnd();

            assertTrue(client.isEnded());
            assertTrue(stopping.millis() < 2500, "the stop was held longer than the grace");
            assertTrue(server.report().isLossless(), server.report().toJson());
            assertEquals(List.of(), log.alarms());
        }
    }

    /** Headers of which the second half never comes: no stream yet, as the last GOAWAY says, and safe to send again. */
    @Test
    void halfARequestIsBeyondTheLastStream() throws Exception {
        try (TestServer server = Http2Surroundings.CLEAR_TEXT.start(300)) {
            Http2Client client = withOneAnswer(Http2Client.connect(server.port()));
            client.halfAGet();
            Stopping stopping = Stopping.server(server);

            client.readToEnd();

            assertFarewell(client);
            assertTrue(stopping.millis() < 2500, "the stop waited for the other half");
        }
    }

    /** Fifty streams of one session, served by a few threads. */
    @ParameterizedTest
    @ValueSource(longs = {0, 5000})
    void manyStreamsAreAnswered(long stopTimeout) throws Exception {
        CountDownLatch serving = new CountDownLatch(1);
        try (TestServer server = new TestServer(new QueuedThreadPool(8), Http2Surroundings.CLEAR_TEXT::connector)
                .withStopTimeout(stopTimeout)
                .withGracefulHandler()) {
            server.onRequest(request -> {
                serving.countDown();
                Thread.sleep(20); // How long a request takes.
            });
            ((DrainingServerConnector) server.connector).setKeepAliveGrace(200);
            server.start();
            Http2Client client = Http2Client.connect(server.port());
            open(client, 50);
            serving.await();
            Stopping stopping = Stopping.server(server);

            client.readToEnd();

            assertAllAnswered(client, 50);
            assertFarewell(client);
            stopping.millis();
            assertTrue(server.report().isLossless(), server.report().toJson());
        }
    }

    /** The stock connector refuses streams or answers 503 in the same situation. */
    @Test
    void theStockConnectorLosesStreams() throws Exception {
        CountDownLatch serving = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        try (TestServer server = new TestServer(running -> {
                    HttpConfiguration configuration = new HttpConfiguration();
                    return new ServerConnector(
                            running,
                            1,
                            1,
                            new HttpConnectionFactory(configuration),
                            new HTTP2CServerConnectionFactory(configuration));
                })
                .withStopTimeout(5000)
                .withGracefulHandler()) {
            server.onRequest(request -> {
                serving.countDown();
                goOn.await();
            });
            server.start();
            Http2Client client = Http2Client.connect(server.port());
            client.get();
            serving.await();
            Stopping.server(server);
            open(client, 5); // Before any GOAWAY was read.
            goOn.countDown();
            client.readToEnd();

            assertFalse(client.streams().stream().allMatch(Stream::isAnswered), client::toString);
        }
    }

    private static Http2Client withOneAnswer(Http2Client client) throws Exception {
        Stream stream = client.get();
        client.readUntil(stream::isComplete);
        assertTrue(stream.isAnswered(), stream::toString);
        return client;
    }

    private static List<Stream> open(Http2Client client, int streams) throws Exception {
        List<Stream> opened = new ArrayList<>();
        for (int i = 0; i < streams; i++) {
            opened.add(client.get());
        }
        return opened;
    }

    private static void assertAllAnswered(Http2Client client, int streams) {
        assertEquals(streams, client.streams().size());
        assertTrue(client.streams().stream().allMatch(Stream::isAnswered), client::toString);
    }

    /** Told to leave, then which stream was the last that would be answered; after that the connection ended. */
    private static void assertFarewell(Http2Client client) {
        assertTrue(client.isEnded());
        assertTrue(client.goAways().size() >= 2, client::toString);
        assertEquals(LEAVE, client.goAways().get(0), client::toString);
        GoAway last = client.goAways().get(client.goAways().size() - 1);
        assertEquals(Http2Client.NO_ERROR, last.error(), client::toString);
        for (Stream stream : client.streams()) {
            assertEquals(stream.id <= last.lastStream(), stream.isAnswered(), client::toString);
        }
    }
}
