package io.sluice;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.DrainReport.Reason;
import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.eclipse.jetty.util.thread.ShutdownThread;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** SIGTERM while a server starts or stops: what Jetty's shutdown thread does then. */
@Timeout(60)
class ShutdownHookTest {
    private static final int CLIENTS = 20;

    private static StartingServer starting(int port, int drainTimeout) throws Exception {
        return new StartingServer(TestServer::draining, made -> {
            made.connector.setPort(port);
            ((DrainingServerConnector) made.connector).setDrainTimeout(drainTimeout);
            made.server.setStopAtShutdown(true);
        });
    }

    /** As the JVM would, in a thread of its own. */
    private static Thread shutdownHook() {
        Thread hook = new Thread(ShutdownThread.getInstance()::run, "shutdown-hook");
        hook.start();
        return hook;
    }

    /** The shutdown thread passed over a server that had not started, and the JVM ended: all of them were reset. */
    @Test
    void whoWaitsInTheQueueOfAStartingServerWasReset() throws Exception {
        try (StartingServer server = starting(0, 5000);
                TestClient client = TestClient.connect(server.server.port())) {
            client.send(TestClient.GET);
            Thread hook = shutdownHook();
            Awaitility.await().atMost(5, TimeUnit.SECONDS).until(() -> hook.getState() == Thread.State.TIMED_WAITING);

            server.goOn();

            assertTrue(TestClient.isAnswered(client.readResponse()));
            hook.join(10_000);
            assertFalse(hook.isAlive());
            assertEquals(Reason.SERVER_STOP, server.server.report().reason());
            assertTrue(server.server.server.isStopped());
        }
    }

    /** A listener that is opened when the shutdown hooks have run is drained by nobody. */
    @Test
    void aSharedPortIsNotOpenedAfterwards() throws Exception {
        TestServer running = new TestServer(TestServer::draining);
        ((DrainingServerConnector) running.connector).setDrainAtShutdown(false); // It is there for another process.
        try (TestServer old = running.start();
                StartingServer successor = starting(old.port(), 5000)) {
            Thread hook = shutdownHook();
            hook.join(10_000);
            assertFalse(hook.isAlive());

            ExecutionException failure = assertThrows(ExecutionException.class, successor::goOn);

            assertTrue(failure.getCause() instanceof IOException, failure.getCause()::toString);
            for (TestClient client : TestClient.connectAndSend(old.port(), CLIENTS)) {
                assertTrue(TestClient.isAnswered(client.readResponse()));
                client.close();
            }
        }
    }

    @Test
    void aStartWithoutEndIsWaitedForUpToTheDrainTimeout() throws Exception {
        try (StartingServer server = starting(0, 300)) {
            long begun = System.nanoTime();
            Thread hook = shutdownHook();
            hook.join(10_000);

            long took = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begun);
            assertFalse(hook.isAlive());
            assertTrue(took >= 300, took + " ms");
            server.goOn();
        }
    }

    @Test
    void aStartedServerIsStoppedAsEver() throws Exception {
        try (StartingServer server = starting(0, 5000)) {
            server.goOn();
            Thread hook = shutdownHook();
            hook.join(10_000);

            assertTrue(server.server.server.isStopped());
            assertEquals(Reason.SERVER_STOP, server.server.report().reason());
        }
    }

    /** Nobody stopped the server, and the JVM ended: whoever waited in the queue was reset. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aServerThatIsNotStoppedIsDrained(boolean drainAtShutdown) throws Exception {
        try (TestServer server = new TestServer(TestServer::draining)) {
            DrainingServerConnector second = new DrainingServerConnector(server.server);
            server.server.addConnector(second);
            for (var connector : server.server.getConnectors()) {
                ((DrainingServerConnector) connector).setDrainAtShutdown(drainAtShutdown);
            }
            server.start();
            Thread hook = shutdownHook();
            hook.join(10_000);

            assertFalse(hook.isAlive());
            assertTrue(server.server.isStarted());
            assertEquals(drainAtShutdown, server.report() != null);
            assertEquals(drainAtShutdown, second.getLastDrainReport() != null);
            assertEquals(drainAtShutdown, !second.isOpen());
        }
    }

    /** The shutdown thread passed over a server that was stopping, and the JVM ended in the middle of the drain. */
    @ParameterizedTest
    @ValueSource(longs = {0, 5000, 9_300_000_000_000_000L, Long.MAX_VALUE})
    void aStopUnderWayWasCutShort(long stopTimeout) throws Exception {
        CountDownLatch request = new CountDownLatch(1);
        CountDownLatch answer = new CountDownLatch(1);
        try (TestServer server = new TestServer(TestServer::draining)) {
            server.server.setStopAtShutdown(true);
            server.server.setStopTimeout(stopTimeout);
            server.onRequest(any -> {
                request.countDown();
                answer.await();
            });
            server.start();
            TestClient client = TestClient.connect(server.port());
            client.send(TestClient.GET);
            request.await();
            Stopping stopping = Stopping.server(server);
            Awaitility.await().atMost(5, TimeUnit.SECONDS).until(server.server::isStopping);

            Thread hook = shutdownHook();
            hook.join(300);
            assertTrue(hook.isAlive(), "the JVM would end here");
            answer.countDown();

            assertTrue(TestClient.isAnswered(client.readResponse()));
            stopping.millis();
            hook.join(10_000);
            assertFalse(hook.isAlive());
        }
    }
}
