package io.sluice;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.Http2Client.Stream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** HTTP/2 clients that ask all the time whether the server is still there: that is no request, however often it comes. */
@Tag("slow")
@Timeout(60)
class Http2PingTest {
    private static final byte[] BODY = new byte[4 << 20];
    private static final int BUFFER = 64 << 10;

    @BeforeAll
    static void prepare(@TempDir Path directory) throws Exception {
        new Random(1).nextBytes(BODY);
        Http2Surroundings.makeCertificate(directory);
    }

    /** A session that has never had a stream, of a client that does not take the hint of GOAWAY. */
    @ParameterizedTest
    @EnumSource
    void aSessionWithoutAStreamEndsWithTheGrace(Http2Surroundings surroundings) throws Exception {
        try (TestServer server = surroundings.start(QuietStop.GRACE_MILLIS)) {
            Http2Client client = surroundings.connect(server.port());
            client.readUntil(client::isSettingsSeen);
            try (Pings pings = new Pings(client)) {
                pings.begun();
                QuietStop.assertEndsWithTheGrace(server);
            }
            client.close();
        }
    }

    /** A session that has had its answers. */
    @ParameterizedTest
    @EnumSource
    void anIdleSessionEndsWithTheGrace(Http2Surroundings surroundings) throws Exception {
        try (TestServer server = surroundings.start(QuietStop.GRACE_MILLIS)) {
            Http2Client client = surroundings.connect(server.port());
            Stream stream = client.get();
            client.readUntil(stream::isComplete);
            assertTrue(stream.isAnswered(), client::toString);
            try (Pings pings = new Pings(client)) {
                pings.begun();
                QuietStop.assertEndsWithTheGrace(server);
            }
            client.close();
        }
    }

    /** A client that opens a stream between its pings, within the grace, has its answer. */
    @ParameterizedTest
    @EnumSource(names = {"CLEAR_TEXT", "GRACEFUL_HANDLER"})
    void aStreamBetweenPingsIsAnswered(Http2Surroundings surroundings) throws Exception {
        try (TestServer server = surroundings.start(1500)) {
            Http2Client client = surroundings.connect(server.port());
            client.readUntil(client::isSettingsSeen);
            try (Pings pings = new Pings(client)) {
                pings.begun();
                Stopping stopping = Stopping.server(server);
                Stream stream = client.get();
                client.readUntil(stream::isComplete);

                assertTrue(stream.isAnswered(), client::toString);
                assertTrue(stopping.millis() < 4000, "the pings held the stop: " + stopping.millis() + " ms");
                assertTrue(server.report().isLossless(), server.report().toJson());
            }
            client.close();
        }
    }

    /** A large response that is read slowly while pings go on, with and without leave to send all of it in advance. */
    @ParameterizedTest(name = "{0}, leave in advance: {1}")
    @CsvSource({"CLEAR_TEXT, false", "CLEAR_TEXT, true", "TLS, true"})
    void aLargeResponseIsCompleteToTheLastByte(Http2Surroundings surroundings, boolean leave) throws Exception {
        CountDownLatch serving = new CountDownLatch(1);
        try (TestServer server = QuietStop.shortGrace(new TestServer(surroundings::connector))) {
            server.connector.setAcceptedSendBufferSize(
                    1 << 20); // What the server is rid of is not at the client's yet.
            ((DrainingServerConnector) server.connector).setDrainTimeout(8000);
            server.server.setHandler(new Download(serving));
            server.start();
            Socket line = new Socket();
            line.setReceiveBufferSize(BUFFER);
            Http2Client client = surroundings.on(TestClient.connected(line, server.port()));
            if (leave) {
                client.widenWindows(2 * BODY.length);
                client.closeWindows(); // Jetty ends a session that sends too many updates for a stream that is closed.
            }
            Stream stream = client.get();
            serving.await();
            try (Pings pings = new Pings(client)) {
                pings.begun();
                Stopping stopping = Stopping.server(server);
                for (int read = 0; read < BODY.length; read += BODY.length / 32) {
                    int portion = read;
                    client.readUntil(() -> stream.body().length >= portion);
                    long slowly = stopping.millisSoFar() + 40;
                    Awaitility.await()
                            .pollInterval(5, TimeUnit.MILLISECONDS)
                            .until(() -> stopping.millisSoFar() > slowly);
                }
                client.readUntil(stream::isComplete);

                assertArrayEquals(BODY, stream.body());
                long sinceComplete = stopping.millisSoFar();
                assertTrue(
                        stopping.millis() - sinceComplete < QuietStop.LATEST_MILLIS,
                        "the pings held the stop: " + stopping.millis() + " ms");
                assertTrue(server.report().isLossless(), server.report().toJson());
            }
            client.close();
        }
    }

    /** A ping every 50 ms until the client or the server ends the connection. */
    private static final class Pings implements AutoCloseable {
        private final ScheduledExecutorService executor = Executors.newSingleThreadScheduledExecutor();
        private final CountDownLatch some = new CountDownLatch(3);

        private Pings(Http2Client client) {
            executor.scheduleWithFixedDelay(() -> ping(client), 0, 50, TimeUnit.MILLISECONDS);
        }

        private void ping(Http2Client client) {
            try {
                client.ping();
                some.countDown();
            } catch (IOException x) {
                throw new UncheckedIOException(x); // Which ends the pings.
            }
        }

        private void begun() throws InterruptedException {
            assertTrue(some.await(10, TimeUnit.SECONDS), "no ping was sent");
        }

        @Override
        public void close() {
            executor.shutdownNow();
        }
    }

    /** Answers with the body. */
    private static final class Download extends Handler.Abstract {
        private final CountDownLatch serving;

        private Download(CountDownLatch serving) {
            this.serving = serving;
        }

        @Override
        public boolean handle(Request request, Response response, Callback callback) {
            response.getHeaders().put(HttpHeader.CONTENT_LENGTH, BODY.length);
            response.write(true, ByteBuffer.wrap(BODY), callback);
            serving.countDown();
            return true;
        }
    }
}
