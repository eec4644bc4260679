package io.sluice;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Clients that have begun a request when the drain begins have until its end to complete it. */
@Timeout(60)
class HalfRequestTest {
    private static final String HALF = "GET / HTTP/1.1\r\nHost: loc";
    private static final String REST = TestClient.GET.substring(HALF.length());

    /** Half a request, the first or the next of its connection, is completed after the grace. */
    @ParameterizedTest(name = "first of the connection: {0}")
    @ValueSource(booleans = {true, false})
    void halfARequestIsWaitedFor(boolean first) throws Exception {
        try (TestServer server = server(200)) {
            TestClient client = first ? TestClient.connect(server.port()) : keptAlive(server);
            client.send(HALF);
            TestClient silent = TestClient.connect(server.port());
            Stopping stopping = Stopping.server(server);
            assertEquals("", silent.readToEnd()); // The grace is over.

            client.send(REST);

            assertAnsweredWithClose(client.readToEnd());
            assertTrue(stopping.millis() < 2500, "the stop went on after the answer");
            assertReport(server.report(), 1, 0);
        }
    }

    /** Half a request that is never completed is waited for until drainTimeout, and reported. */
    @Test
    void halfARequestForEverIsReported() throws Exception {
        try (TestServer server = server(100)) {
            draining(server).setDrainTimeout(600);
            TestClient client = TestClient.connect(server.port());
            client.send(HALF);

            long millis = Stopping.server(server).millis();

            assertTrue(millis >= 600 && millis < 2000, millis + " ms");
            assertReport(server.report(), 0, 1);
            assertFalse(TestClient.isAnswered(client.readToEnd()));
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
