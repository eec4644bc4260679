package io.sluice;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.stream.Stream;

/** Stops that wait for nobody any longer than the grace, because no answer is owed. */
final class QuietStop {
    static final long GRACE_MILLIS = 300;

    /** Far more than the grace takes on a busy machine, far less than the drain may take. */
    static final long LATEST_MILLIS = 2000;

    private static final long DRAIN_TIMEOUT_MILLIS = 3500;

    private QuietStop() {}

    /** A server that is not started yet, with the grace of these tests. */
    static TestServer shortGrace(TestServer server) {
        ((DrainingServerConnector) server.connector).setKeepAliveGrace(GRACE_MILLIS);
        ((DrainingServerConnector) server.connector).setDrainTimeout(DRAIN_TIMEOUT_MILLIS);
        return server;
    }

    /** Stops the server: that ends with the grace, reports nobody, and alarms nobody. */
    static void assertEndsWithTheGrace(TestServer server) throws Exception {
        try (CapturedLog log = new CapturedLog()) {
            long millis = Stopping.server(server).millis();

            String outcome = millis + " ms " + server.report().toJson();
            assertTrue(millis < LATEST_MILLIS, outcome);
            assertEquals(0, server.report().unanswered(), outcome);
            assertTrue(server.report().isLossless(), outcome);
            assertEquals(List.of(), log.alarms(), outcome);
        }
    }

    /** Stops the server, and returns when the grace is over and with it the connection of a client that says nothing. */
    static Stopping beyondTheGrace(TestServer server) throws Exception {
        TestClient silent = TestClient.connect(server.port());
        Stopping stopping = Stopping.server(server);
        assertEquals("", silent.readToEnd());
        return stopping;
    }

    /** The stop has ended soon after the last answer, and nobody is reported. */
    static void assertEnded(Stopping stopping, TestServer server) throws Exception {
        long millis = stopping.millis();
        String outcome = millis + " ms " + server.report().toJson();
        assertTrue(millis < LATEST_MILLIS, outcome);
        assertTrue(server.report().isLossless(), outcome);
    }

    /** The stop ends with the drain's time, and the report and the log say that one client got no answer. */
    static void assertReportsOne(TestServer server) throws Exception {
        try (CapturedLog log = new CapturedLog()) {
            long millis = Stopping.server(server).millis();

            String outcome = millis + " ms " + server.report().toJson();
            long drainTimeout = ((DrainingServerConnector) server.connector).getDrainTimeout();
            assertTrue(millis >= drainTimeout, outcome);
            assertEquals(1, server.report().unanswered(), outcome);
            assertEquals(0, server.report().lost(), outcome);
            assertEquals(1, alarms(log).count(), () -> String.join("\n", log.alarms()));
        }
    }

    private static Stream<String> alarms(CapturedLog log) {
        return log.alarms().stream().filter(line -> line.contains(" io.sluice."));
    }

    static void assertAnsweredWithClose(String response) {
        assertTrue(TestClient.isAnswered(response) && TestClient.saysClose(response), response);
    }
}
