package io.sluice;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.eclipse.jetty.io.ManagedSelector;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A selector that is held up for longer than keepAliveGrace: by a lack of memory, of processors, or for a debugger. */
@Timeout(60)
class BusySelectorTest {
    private static final int GRACE_MILLIS = 200;
    private static final int HELD_UP_MILLIS = 800;
    private static final int DRAIN_TIMEOUT_MILLIS = 5_000; // The default.

    private final CountDownLatch heldUp = new CountDownLatch(1);
    private final TestServer server = new TestServer(jetty -> {
        DrainingServerConnector draining = new DrainingServerConnector(jetty, 1, 1);
        draining.setKeepAliveGrace(GRACE_MILLIS);
        return draining;
    });

    @AfterEach
    void close() {
        server.close();
    }

    /** It was closed as a client that says nothing, with its request unread in the kernel. */
    @Test
    void aRequestThatNobodyHasLookedForIsAnswered() throws Exception {
        server.start();
        TestClient client = accepted();

        holdUpTheSelector();
        client.send(TestClient.GET);
        Stopping stopping = Stopping.server(server);

        String response = client.readToEnd();
        assertTrue(TestClient.isAnswered(response), response);
        stopping.millis();
        assertEquals(0, server.report().idleClosed());
        assertTrue(server.report().isLossless(), server.report().toJson());
    }

    /** The same after an answer: its client has had no chance to see that the connection ends. */
    @Test
    void aNextRequestThatNobodyHasLookedForIsAnswered() throws Exception {
        server.start();
        TestClient client = accepted();
        client.send(TestClient.GET);
        client.readResponse();

        holdUpTheSelector();
        client.send(TestClient.GET);
        Stopping stopping = Stopping.server(server);

        String response = client.readToEnd();
        assertTrue(TestClient.isAnswered(response), response);
        stopping.millis();
        assertEquals(0, server.report().idleClosed());
    }

    /** Who says nothing holds the stop no longer than before. */
    @Test
    void aSilentClientIsClosedWhenTheSelectorHasLooked() throws Exception {
        server.start();
        TestClient client = accepted();

        Stopping stopping = Stopping.server(server);

        assertEquals("", client.readToEnd());
        long millis = stopping.millis();
        assertTrue(millis >= GRACE_MILLIS && millis < DRAIN_TIMEOUT_MILLIS, "the stop took " + millis);
        assertEquals(1, server.report().idleClosed());
    }

    private TestClient accepted() throws Exception {
        TestClient client = TestClient.connect(server.port());
        Awaitility.await().until(() -> server.connector.getConnectedEndPoints().stream()
                .anyMatch(endPoint ->
                        endPoint.getConnection() != null && endPoint.isOpen() && endPoint.isFillInterested()));
        return client;
    }

    /** Returns when it has begun. */
    private void holdUpTheSelector() throws InterruptedException {
        server.connector.getSelectorManager().getContainedBeans(ManagedSelector.class).stream()
                .findFirst()
                .orElseThrow()
                .submit(selector -> {
                    heldUp.countDown();
                    sleep();
                });
        heldUp.await();
    }

    private static void sleep() {
        try {
            TimeUnit.MILLISECONDS.sleep(HELD_UP_MILLIS);
        } catch (InterruptedException x) {
            Thread.currentThread().interrupt();
        }
    }
}
