package io.sluice;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.eclipse.jetty.io.Content;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Clients that have begun a request when the drain begins have until its end to complete it. */
@Tag("slow")
@Timeout(60)
class HalfRequestTest {
    private static final String POST = "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n0123456789";

    /** What has come of the request. */
    enum Half {
        OF_THE_LINE(TestClient.GET, "GET / HT".length()),
        OF_THE_HEADERS(TestClient.GET, "GET / HTTP/1.1\r\nHost: loc".length()),
        ALL_BUT_THE_LAST_BYTE(TestClient.GET, TestClient.GET.length() - 1),
        OF_THE_BODY(POST, POST.length() - 5);

        private final String first;
        private final String rest;

        Half(String request, int length) {
            first = request.substring(0, length);
            rest = request.substring(length);
        }
    }

    @BeforeAll
    static void makeCertificate(@TempDir Path directory) throws Exception {
        Http1Surroundings.makeCertificate(directory);
    }

    static Stream<Arguments> surroundingsAndHalves() {
        return Stream.of(Http1Surroundings.CLEAR_TEXT, Http1Surroundings.TLS)
                .flatMap(surroundings -> Stream.of(Half.values()).map(half -> Arguments.of(surroundings, half)));
    }

    /** Half of the first request of a connection, completed after the grace. */
    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("surroundingsAndHalves")
    void halfOfTheFirstRequestIsWaitedFor(Http1Surroundings surroundings, Half half) throws Exception {
        try (TestServer server = server(surroundings)) {
            assertWaitedFor(server, surroundings.connect(server), half);
        }
    }

    /** The same on a connection that has had its first answer. */
    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("surroundingsAndHalves")
    void halfOfTheNextRequestIsWaitedFor(Http1Surroundings surroundings, Half half) throws Exception {
        try (TestServer server = server(surroundings)) {
            assertWaitedFor(server, keptAlive(surroundings, server), half);
        }
    }

    /** Half a request that is never completed is waited for until drainTimeout, and reported. */
    @ParameterizedTest
    @EnumSource
    void halfARequestForEverIsReported(Half half) throws Exception {
        try (TestServer server = server(Http1Surroundings.CLEAR_TEXT)) {
            draining(server).setDrainTimeout(700);
            TestClient client = TestClient.connect(server.port());
            client.send(half.first);

            QuietStop.assertReportsOne(server);

            assertFalse(TestClient.isAnswered(client.readToEnd()));
        }
    }

    /**
     * Half of the next request came with the first, whose response had told the client before the drain that the
     * connection is kept alive: it is completed long after that response.
     */
    @ParameterizedTest
    @EnumSource(names = {"CLEAR_TEXT", "TLS"})
    void halfARequestBehindACommittedResponseIsWaitedFor(Http1Surroundings surroundings) throws Exception {
        CountDownLatch goOn = new CountDownLatch(1);
        try (TestServer server = surroundings.server()) {
            server.server.setHandler(new OkInTwoParts(goOn));
            server.start();
            TestClient client = committed(surroundings, server, Half.OF_THE_HEADERS);
            Stopping stopping = QuietStop.beyondTheGrace(server);
            goOn.countDown();
            assertKeptAlive("H" + client.readResponse());
            assertTrue(client.isLeftAlone((int) QuietStop.GRACE_MILLIS + 300), "closed in the middle of a request");

            client.send(Half.OF_THE_HEADERS.rest);

            QuietStop.assertAnsweredWithClose(client.readToEnd());
            assertTrue(stopping.millis() < 3000, "the stop went on after the answer");
            assertReport(server.report(), 1, 0);
        }
    }

    /** The same, never completed. */
    @ParameterizedTest
    @EnumSource(names = {"CLEAR_TEXT", "TLS"})
    void halfARequestBehindACommittedResponseIsReported(Http1Surroundings surroundings) throws Exception {
        CountDownLatch goOn = new CountDownLatch(1);
        try (TestServer server = surroundings.server()) {
            draining(server).setDrainTimeout(1500);
            server.server.setHandler(new OkInTwoParts(goOn));
            server.start();
            TestClient client = committed(surroundings, server, Half.OF_THE_LINE);
            draining(server).addEventListener(new DrainListener() {
                @Override
                public void onDrainStarted(DrainingServerConnector connector, DrainReport.Reason reason) {
                    goOn.countDown();
                }
            });

            QuietStop.assertReportsOne(server);

            assertKeptAlive("H" + client.readToEnd());
        }
    }

    /** The opposite: no part of a next request came with the first one. */
    @ParameterizedTest
    @EnumSource(names = {"CLEAR_TEXT", "TLS"})
    void nothingBehindACommittedResponseHasItsGrace(Http1Surroundings surroundings) throws Exception {
        CountDownLatch goOn = new CountDownLatch(1);
        try (TestServer server = surroundings.server()) {
            server.server.setHandler(new OkInTwoParts(goOn));
            server.start();
            TestClient client = surroundings.connect(server);
            client.send(TestClient.GET);
            assertEquals('H', client.in().read());
            Stopping stopping = QuietStop.beyondTheGrace(server);
            goOn.countDown();

            assertKeptAlive("H" + client.readToEnd());

            QuietStop.assertEnded(stopping, server);
            assertReport(server.report(), 2, 0);
        }
    }

    /** Returns when the response has begun; half of another request is there then, unread in Jetty's buffer. */
    private static TestClient committed(Http1Surroundings surroundings, TestServer server, Half half) throws Exception {
        TestClient client = surroundings.connect(server);
        client.send(TestClient.GET + half.first);
        assertEquals('H', client.in().read());
        return client;
    }

    private static void assertWaitedFor(TestServer server, TestClient client, Half half) throws Exception {
        client.send(half.first);
        Stopping stopping = QuietStop.beyondTheGrace(server);

        client.send(half.rest);

        QuietStop.assertAnsweredWithClose(client.readToEnd());
        QuietStop.assertEnded(stopping, server);
        assertReport(server.report(), 1, 0);
    }

    /** Reads what it is sent before it answers. */
    private static TestServer server(Http1Surroundings surroundings) throws Exception {
        return surroundings.server().onRequest(Content.Source::asString).start();
    }

    private static DrainingServerConnector draining(TestServer server) {
        return (DrainingServerConnector) server.connector;
    }

    private static TestClient keptAlive(Http1Surroundings surroundings, TestServer server) throws Exception {
        TestClient client = surroundings.connect(server);
        client.send(TestClient.GET);
        assertTrue(TestClient.isAnswered(client.readResponse()));
        return client;
    }

    private static void assertKeptAlive(String response) {
        assertTrue(TestClient.isAnswered(response) && !TestClient.saysClose(response), response);
    }

    private static void assertReport(DrainReport report, int idleClosed, int unanswered) {
        assertEquals(idleClosed, report.idleClosed(), report.toJson());
        assertEquals(unanswered, report.unanswered(), report.toJson());
        assertEquals(unanswered == 0, report.isLossless(), report.toJson());
    }
}
