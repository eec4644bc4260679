package io.sluice;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.DrainReport.Reason;
import io.sluice.Http2Client.Stream;
import java.net.ConnectException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.eclipse.jetty.server.Request;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** close() ends the listening and nothing else, as that of ServerConnector does; whoever was in time is served. */
@Timeout(60)
class CloseTest {
    private static final int QUEUED = 20;
    private static final long AT_ONCE_MILLIS = 500;

    @BeforeAll
    static void makeCertificate(@TempDir Path directory) throws Exception {
        Http1Surroundings.makeCertificate(directory);
        Http2Surroundings.makeCertificate(directory);
    }

    /** An idle client and a request in flight: the call waits for neither, and both go on as if nothing had happened. */
    @ParameterizedTest
    @EnumSource
    void liveConnectionsGoOn(Http1Surroundings surroundings) throws Exception {
        Held application = new Held();
        try (TestServer server =
                surroundings.server().onRequest(application::serve).start()) {
            TestClient idle = keptAlive(surroundings, server);
            TestClient inFlight = application.hold(surroundings.connect(server));

            assertClosesAtOnce(server);

            assertTrue(idle.isLeftAlone((int) QuietStop.GRACE_MILLIS + 200), "an idle connection was closed");
            for (int i = 0; i < 3; i++) {
                idle.send(TestClient.GET);
                assertKeptAlive(idle.readResponse());
            }
            application.letGo();
            assertKeptAlive(inFlight.readResponse());
            inFlight.send(TestClient.GET);
            assertKeptAlive(inFlight.readResponse());
            assertReportOfClose(server);
            idle.close();
            inFlight.close();
        }
    }

    /** A session of HTTP/2 goes on too, and is not told to leave. */
    @ParameterizedTest
    @EnumSource
    void sessionsGoOn(Http2Surroundings surroundings) throws Exception {
        try (TestServer server = surroundings.start(QuietStop.GRACE_MILLIS)) {
            Http2Client client = surroundings.connect(server.port());
            assertAnswered(client);
            TestClient silent = TestClient.connect(server.port());

            assertClosesAtOnce(server);
            assertTrue(silent.isLeftAlone((int) QuietStop.GRACE_MILLIS + 200), "a silent connection was closed");
            assertAnswered(client);
            assertAnswered(client);

            assertEquals(List.of(), client.goAways());
            silent.close();
            client.close();
        }
    }

    /** Whoever has not been accepted yet is answered. */
    @ParameterizedTest(name = "acceptors {0}")
    @ValueSource(ints = {0, 1, 2})
    void whoIsInTheAcceptQueueIsServed(int acceptors) throws Exception {
        try (TestServer server =
                new TestServer(running -> new DrainingServerConnector(running, acceptors, 1)).start()) {
            server.connector.setAccepting(false);
            List<TestClient> clients = TestClient.connectAndSend(server.port(), QUEUED);

            assertClosesAtOnce(server);

            for (TestClient client : clients) {
                assertTrue(TestClient.isAnswered(client.readResponse()));
                client.close();
            }
            DrainReport report = assertReportOfClose(server);
            assertEquals(QUEUED, report.firstPass() + report.stragglers(), report.toJson());
        }
    }

    /** Their requests take their time: the call does not wait for them either. */
    @Test
    void requestsFromTheAcceptQueueTakeTheirTime() throws Exception {
        CountDownLatch goOn = new CountDownLatch(1);
        try (TestServer server = new TestServer(TestServer::draining)
                .onRequest(request -> goOn.await())
                .start()) {
            server.connector.setAccepting(false);
            List<TestClient> clients = TestClient.connectAndSend(server.port(), 5);

            assertClosesAtOnce(server);
            goOn.countDown();

            for (TestClient client : clients) {
                assertTrue(TestClient.isAnswered(client.readResponse()));
                client.close();
            }
            assertReportOfClose(server);
        }
    }

    /** The stock connector closes its listener at once too, and resets who is in its queue. */
    @Test
    void theStockConnectorLosesItsAcceptQueue() throws Exception {
        try (TestServer server = new TestServer(TestServer::stock).start()) {
            TestClient idle = keptAlive(Http1Surroundings.CLEAR_TEXT, server);
            server.connector.setAccepting(false);
            List<TestClient> clients = TestClient.connectAndSend(server.port(), QUEUED);

            long begin = System.nanoTime();
            server.connector.close();
            assertTrue(millisSince(begin) < AT_ONCE_MILLIS);

            // Those who were accepted are answered and kept alive, the others have nothing to wait for.
            assertTrue(clients.stream()
                            .map(client -> client.readToEnd(500))
                            .filter(TestClient::isAnswered)
                            .count()
                    < QUEUED);
            idle.send(TestClient.GET);
            assertKeptAlive(idle.readResponse());
            idle.close();
        }
    }

    /** A request may close the connector that serves it. */
    @Test
    void aRequestMayClose() throws Exception {
        try (TestServer server = QuietStop.shortGrace(new TestServer(TestServer::draining))) {
            server.onRequest(request -> server.connector.close()).start();
            TestClient client = TestClient.connect(server.port());
            client.send(TestClient.GET);

            assertKeptAlive(client.readResponse());
            assertReportOfClose(server);
            client.send(TestClient.GET);
            assertKeptAlive(client.readResponse());
            client.close();
        }
    }

    /** To close twice is to close once. */
    @Test
    void aSecondCloseDoesNothing() throws Exception {
        try (TestServer server = new TestServer(TestServer::draining).start()) {
            TestClient idle = keptAlive(Http1Surroundings.CLEAR_TEXT, server);
            assertClosesAtOnce(server);
            DrainReport first = assertReportOfClose(server);

            assertClosesAtOnce(server);

            assertEquals(first, server.report());
            idle.send(TestClient.GET);
            assertKeptAlive(idle.readResponse());
            idle.close();
        }
    }

    /** The server stops later: its connections are drained then, as if the listener had been open until now. */
    @ParameterizedTest(name = "stop timeout {0} ms")
    @ValueSource(longs = {0, 5000})
    void aLaterStopDrains(long stopTimeout) throws Exception {
        Held application = new Held();
        try (TestServer server = QuietStop.shortGrace(new TestServer(TestServer::draining))
                .withGracefulHandler()
                .withStopTimeout(stopTimeout)
                .onRequest(application::serve)
                .start()) {
            TestClient idle = keptAlive(Http1Surroundings.CLEAR_TEXT, server);
            TestClient inFlight = application.hold(TestClient.connect(server.port()));
            assertClosesAtOnce(server);

            Stopping stopping = Stopping.server(server);
            assertEquals("", idle.readToEnd());
            assertTrue(stopping.millisSoFar() >= QuietStop.GRACE_MILLIS, "closed before the grace was over");
            assertFalse(stopping.isOver(), "nobody waited for the request in flight");
            application.letGo();

            QuietStop.assertAnsweredWithClose(inFlight.readToEnd());
            QuietStop.assertEnded(stopping, server);
            assertEquals(Reason.SERVER_STOP, server.report().reason());
            assertEquals(1, server.report().idleClosed(), server.report().toJson());
        }
    }

    /** An idle client's next request comes after the stop that follows a close. */
    @ParameterizedTest
    @EnumSource
    void aRequestWithinTheGraceOfALaterStopIsServed(Http1Surroundings surroundings) throws Exception {
        try (TestServer server = surroundings.server()) {
            CountDownLatch draining = new CountDownLatch(1);
            ((DrainingServerConnector) server.connector).setKeepAliveGrace(1500);
            server.connector.addEventListener(new DrainListener() {
                @Override
                public void onDrainStarted(DrainingServerConnector connector, Reason reason) {
                    if (reason == Reason.SERVER_STOP) {
                        draining.countDown();
                    }
                }
            });
            server.start();
            TestClient idle = keptAlive(surroundings, server);
            assertClosesAtOnce(server);
            Stopping stopping = Stopping.server(server);
            assertTrue(draining.await(10, TimeUnit.SECONDS), "the stop drains nothing");
            assertTrue(idle.isLeftAlone(100), "closed before the grace was over");

            idle.send(TestClient.GET);

            QuietStop.assertAnsweredWithClose(idle.readToEnd());
            QuietStop.assertEnded(stopping, server);
            assertEquals(Reason.SERVER_STOP, server.report().reason());
        }
    }

    /** Nothing is left of it in the next life of the server. */
    @Test
    void aClosedConnectorStartsAgain() throws Exception {
        try (TestServer server = QuietStop.shortGrace(new TestServer(TestServer::draining))) {
            for (int i = 0; i < 3; i++) {
                server.start();
                TestClient client = keptAlive(Http1Surroundings.CLEAR_TEXT, server);
                assertClosesAtOnce(server);
                assertReportOfClose(server);
                client.close();
                server.server.stop();
                assertEquals(Reason.SERVER_STOP, server.report().reason());
            }
        }
    }

    /** A request that is held before its answer until the test lets it go; all others are answered at once. */
    private static final class Held {
        private final CountDownLatch serving = new CountDownLatch(1);
        private final CountDownLatch goOn = new CountDownLatch(1);

        private void serve(Request request) throws InterruptedException {
            if (request.getHttpURI().getPath().equals("/held")) {
                serving.countDown();
                goOn.await();
            }
        }

        private TestClient hold(TestClient client) throws Exception {
            client.send("GET /held HTTP/1.1\r\nHost: localhost\r\n\r\n");
            assertTrue(serving.await(10, TimeUnit.SECONDS), "no request came");
            return client;
        }

        private void letGo() {
            goOn.countDown();
        }
    }

    private static TestClient keptAlive(Http1Surroundings surroundings, TestServer server) throws Exception {
        TestClient client = surroundings.connect(server);
        client.send(TestClient.GET);
        assertKeptAlive(client.readResponse());
        return client;
    }

    private static void assertKeptAlive(String response) {
        assertTrue(TestClient.isAnswered(response) && !TestClient.saysClose(response), response);
    }

    private static void assertAnswered(Http2Client client) throws Exception {
        Stream stream = client.get();
        client.readUntil(stream::isComplete);
        assertTrue(stream.isAnswered(), client::toString);
    }

    private static void assertClosesAtOnce(TestServer server) {
        int port = server.connector.isOpen() ? server.port() : 0;
        long begin = System.nanoTime();
        server.connector.close();
        long millis = millisSince(begin);
        assertTrue(millis < AT_ONCE_MILLIS, "close() took " + millis + " ms");
        assertFalse(server.connector.isOpen());
        if (port > 0) {
            assertThrows(ConnectException.class, () -> TestClient.connect(port).close(), "the port is still open");
        }
    }

    private static long millisSince(long nanos) {
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - nanos);
    }

    private static DrainReport assertReportOfClose(TestServer server) {
        Awaitility.await().until(() -> server.report() != null);
        DrainReport report = server.report();
        assertEquals(Reason.CLOSE, report.reason(), report.toJson());
        assertTrue(report.isLossless(), report.toJson());
        return report;
    }
}
