package io.sluice;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Connections without a request under way may still send one during the grace, and are closed when it is over. */
@Timeout(60)
class KeepAliveTest {
    /** The next request of a connection that is kept alive comes after the drain has begun. */
    @Test
    void aRequestWithinTheGraceIsServed() throws Exception {
        try (TestServer server = server(5000)) {
            TestClient client = keptAlive(server);
            Stopping stopping = Stopping.server(server);

            client.send(TestClient.GET);

            assertAnsweredWithClose(client.readToEnd());
            assertTrue(stopping.millis() < 2500, "the stop waited for a connection that was answered");
            assertReport(server.report(), 0, 0);
        }
    }

    /** The stock connector closes the same connection in the client's face. */
    @Test
    void theStockConnectorLosesIt() throws Exception {
        try (TestServer server = new TestServer(TestServer::stock).start()) {
            TestClient client = keptAlive(server);
            server.server.stop();

            client.send(TestClient.GET);

            assertFalse(TestClient.isAnswered(client.readToEnd()));
        }
    }

    /** A client that asks nothing more is closed when the grace is over, not before and not much later. */
    @Test
    void anIdleConnectionIsClosedAfterTheGrace() throws Exception {
        try (TestServer server = server(300)) {
            TestClient client = keptAlive(server);
            Stopping stopping = Stopping.server(server);

            assertEquals("", client.readToEnd());

            assertTrue(stopping.millisSoFar() >= 300, "closed before the grace was over");
            assertTrue(stopping.millis() < 2500, "the stop was held longer than the grace");
            assertReport(server.report(), 1, 0);
        }
    }

    /** The grace begins with the drain, however long the connection has been idle before. */
    @Test
    void aLongIdleConnectionHasItsGrace() throws Exception {
        try (TestServer server = server(800)) {
            TestClient client = keptAlive(server);
            assertTrue(client.isLeftAlone(900));
            Stopping.server(server);

            assertTrue(client.isLeftAlone(100), "closed before the grace was over");
            client.send(TestClient.GET);

            assertAnsweredWithClose(client.readToEnd());
        }
    }

    /** Without a grace nobody waits for what may come. */
    @Test
    void withoutAGraceIdleConnectionsAreClosedAtOnce() throws Exception {
        try (TestServer server = server(0)) {
            TestClient idle = keptAlive(server);
            TestClient silent = TestClient.connect(server.port());
            Stopping stopping = Stopping.server(server);

            assertEquals("", idle.readToEnd());
            assertEquals("", silent.readToEnd());

            assertTrue(stopping.millis() < 900, "there is no grace to wait for");
            assertReport(server.report(), 2, 0);
        }
    }

    /** Many idle clients have one grace together. */
    @Test
    void idleConnectionsAreClosedTogether() throws Exception {
        try (TestServer server = server(400)) {
            List<TestClient> clients = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                clients.add(keptAlive(server));
            }
            Stopping stopping = Stopping.server(server);

            assertTrue(stopping.millis() < 2500, "one grace after another");
            assertReport(server.report(), 20, 0);
            for (TestClient client : clients) {
                assertEquals("", client.readToEnd());
            }
        }
    }

    /** A client that connects and says nothing is closed like an idle one, which is nothing to alarm anybody. */
    @Test
    void aSilentClientIsClosedQuietly() throws Exception {
        try (CapturedLog log = new CapturedLog();
                TestServer server = server(300)) {
            TestClient silent = TestClient.connect(server.port());
            Stopping stopping = Stopping.server(server);

            assertEquals("", silent.readToEnd());

            assertTrue(stopping.millisSoFar() >= 300, "closed before the grace was over");
            assertTrue(stopping.millis() < 2500, "the stop was held longer than the grace");
            assertReport(server.report(), 1, 0);
            assertEquals(List.of(), log.alarms());
        }
    }

    /** A silent client and an idle one hold the stop, but nobody's answer. */
    @Test
    void whoSaysNothingDelaysNobody() throws Exception {
        CountDownLatch serving = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        try (TestServer server = server(1500)) {
            TestClient idle = keptAlive(server);
            TestClient silent = TestClient.connect(server.port());
            server.onRequest(request -> {
                serving.countDown();
                goOn.await();
            });
            TestClient inFlight = TestClient.connect(server.port());
            inFlight.send(TestClient.GET);
            serving.await();
            Stopping stopping = Stopping.server(server);
            goOn.countDown();

            assertAnsweredWithClose(inFlight.readToEnd());

            assertTrue(stopping.millisSoFar() < 1500, "the answer waited for the grace");
            assertTrue(stopping.millis() >= 1500, "the grace was cut short");
            assertReport(server.report(), 2, 0);
            // They are held until here: a socket that nobody has is collected, and closed.
            for (TestClient client : List.of(idle, silent)) {
                assertEquals("", client.readToEnd());
            }
        }
    }

    /** A response that was under way before the drain without telling its client to close: its connection has a grace. */
    @Test
    void aResponseCommittedAsKeepAliveIsFollowedByAnother() throws Exception {
        CountDownLatch goOn = new CountDownLatch(1);
        try (TestServer server = new TestServer(TestServer::draining)) {
            draining(server).setKeepAliveGrace(800);
            server.server.setHandler(new OkInTwoParts(goOn));
            server.start();
            TestClient client = TestClient.connect(server.port());
            client.send(TestClient.GET);
            assertEquals('H', client.in().read());
            TestClient silent = TestClient.connect(server.port());
            Stopping stopping = Stopping.server(server);
            assertEquals("", silent.readToEnd()); // The grace of those who were idle is over.
            goOn.countDown();

            String first = "H" + client.readResponse();
            assertTrue(TestClient.isAnswered(first) && !TestClient.saysClose(first), first);
            assertTrue(client.isLeftAlone(100), "no grace after the answer");
            client.send(TestClient.GET);

            assertAnsweredWithClose(client.readToEnd());
            assertTrue(stopping.millis() < 4500, "both are answered");
            assertReport(server.report(), 1, 0);
        }
    }

    /** A client that is told to close and does not holds the stop no longer than the grace. */
    @Test
    void aClientThatStaysHoldsTheStopForTheGrace() throws Exception {
        try (TestServer server = server(300)) {
            TestClient client = keptAlive(server);
            Stopping stopping = Stopping.server(server);
            client.send(TestClient.GET);
            String response = client.readResponse();

            assertTrue(TestClient.saysClose(response), response);
            assertTrue(stopping.millis() < 2500, "the stop waited for the client to close");
            assertReport(server.report(), 0, 0);
            client.close();
        }
    }

    private static TestServer server(long keepAliveGrace) throws Exception {
        TestServer server = new TestServer(TestServer::draining);
        draining(server).setKeepAliveGrace(keepAliveGrace);
        return server.start();
    }

    private static DrainingServerConnector draining(TestServer server) {
        return (DrainingServerConnector) server.connector;
    }

    private static TestClient keptAlive(TestServer server) throws Exception {
        TestClient client = TestClient.connect(server.port());
        client.send(TestClient.GET);
        assertTrue(TestClient.isAnswered(client.readResponse()));
        return client;
    }

    private static void assertAnsweredWithClose(String response) {
        assertTrue(TestClient.isAnswered(response) && TestClient.saysClose(response), response);
    }

    private static void assertReport(DrainReport report, int idleClosed, int unanswered) {
        assertEquals(idleClosed, report.idleClosed(), report.toJson());
        assertEquals(unanswered, report.unanswered(), report.toJson());
        assertEquals(unanswered == 0, report.isLossless(), report.toJson());
    }
}
