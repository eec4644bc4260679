package io.sluice;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.awaitility.Awaitility;

/** A server that is being stopped in a thread of its own, and how long that takes. */
final class Stopping {
    private final CompletableFuture<Long> millis = new CompletableFuture<>();
    private final long begin = System.nanoTime();

    private Stopping(AutoCloseable stop) {
        Thread thread = new Thread(() -> run(stop), "stopping");
        thread.setDaemon(true);
        thread.start();
    }

    /** Stops the server; returns when the listener is closed, which is after the drain has begun. */
    static Stopping server(TestServer running) {
        return of(running, running.server::stop);
    }

    /** The same, in whichever way. */
    static Stopping of(TestServer running, AutoCloseable stop) {
        Stopping stopping = new Stopping(stop);
        Awaitility.await().pollDelay(0, TimeUnit.MILLISECONDS).until(() -> !running.connector.isOpen());
        return stopping;
    }

    private void run(AutoCloseable stop) {
        try {
            stop.close();
            millis.complete(millisSoFar());
        } catch (Exception x) {
            millis.completeExceptionally(x);
        }
    }

    long millisSoFar() {
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin);
    }

    boolean isOver() {
        return millis.isDone();
    }

    /** Waits for the end of the stop and tells how long it took. */
    long millis() throws Exception {
        try {
            return millis.get(30, TimeUnit.SECONDS);
        } catch (TimeoutException x) {
            throw new AssertionError("the stop does not end", x);
        }
    }
}
