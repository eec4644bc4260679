package io.sluice;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.DrainReport.Reason;
import io.sluice.internal.lifecycle.DrainListeners;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.eclipse.jetty.util.component.LifeCycle;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Listeners with bugs, in the middle of a stop. */
@Timeout(30)
class DrainListenersTest {
    private static final long LONGEST_STOP_MILLIS = 2 * DrainListeners.LIMIT_MILLIS + 2000;

    private static long stopMillis(TestServer server) throws Exception {
        long start = System.nanoTime();
        server.server.stop();
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
    }

    /** It hung the stop, and with it the process, for as long as it liked. */
    @Test
    void aListenerThatHangsIsLeftBehind() throws Exception {
        CountDownLatch forever = new CountDownLatch(1);
        try (TestServer server = new TestServer(TestServer::draining)) {
            server.connector.addEventListener(new DrainListener() {
                @Override
                public void onDrainStarted(DrainingServerConnector connector, Reason reason) {
                    awaitUninterrupted(forever);
                }

                @Override
                public void onDrainFinished(DrainingServerConnector connector, DrainReport report) {
                    awaitUninterrupted(forever);
                }
            });
            server.start();

            long took = stopMillis(server);

            assertTrue(took < LONGEST_STOP_MILLIS, took + " ms");
            assertTrue(server.report().isLossless(), () -> server.report().toJson());
        } finally {
            forever.countDown();
        }
    }

    private static void awaitUninterrupted(CountDownLatch latch) {
        boolean ended = false;
        while (!ended) {
            try {
                ended = latch.await(1, TimeUnit.MINUTES);
            } catch (InterruptedException x) {
                ended = false;
            }
        }
    }

    /** An error, not an exception: it went up through the drain, which closed the listener with all that was queued. */
    @Test
    void aListenerWithoutOneOfItsClassesHurtsNobodyElse() throws Exception {
        AtomicInteger toldNext = new AtomicInteger();
        try (TestServer server = new TestServer(TestServer::draining)) {
            server.connector.addEventListener(new DrainListener() {
                @Override
                public void onDrainStarted(DrainingServerConnector connector, Reason reason) {
                    throw new NoClassDefFoundError("of a listener");
                }
            });
            server.connector.addEventListener(new DrainListener() {
                @Override
                public void onDrainStarted(DrainingServerConnector connector, Reason reason) {
                    toldNext.incrementAndGet();
                }
            });
            server.start();

            server.server.stop();

            assertEquals(1, toldNext.get());
            assertEquals(Reason.SERVER_STOP, server.report().reason());
        }
    }

    /** It would wait for the drain, which waits for it. */
    @Test
    void aListenerThatDrainsOnceMoreDoesNotWaitForItself() throws Exception {
        AtomicInteger calls = new AtomicInteger();
        try (TestServer server = new TestServer(TestServer::draining)) {
            server.connector.addEventListener(new DrainListener() {
                @Override
                public void onDrainStarted(DrainingServerConnector connector, Reason reason) {
                    connector.shutdown();
                    calls.incrementAndGet();
                }
            });
            server.start();

            long took = stopMillis(server);

            assertTrue(took < DrainListeners.LIMIT_MILLIS, took + " ms");
            assertEquals(1, calls.get());
        }
    }

    /** That waits in Jetty's lock, which the first stop holds. */
    @Test
    void aListenerThatStopsTheServerOnceMoreIsLeftBehind() throws Exception {
        AtomicInteger calls = new AtomicInteger();
        try (TestServer server = new TestServer(TestServer::draining)) {
            server.connector.addEventListener(new DrainListener() {
                @Override
                public void onDrainFinished(DrainingServerConnector connector, DrainReport report) {
                    calls.incrementAndGet();
                    LifeCycle.stop(connector.getServer());
                }
            });
            server.start();

            long took = stopMillis(server);

            assertTrue(took < LONGEST_STOP_MILLIS, took + " ms");
            assertEquals(1, calls.get());
        }
    }

    @Test
    void withoutListenersThereIsNoThreadOfTheirs() {
        DrainListeners none = new DrainListeners(List::of);

        none.tell(listener -> {});

        assertFalse(none.isTelling());
    }
}
