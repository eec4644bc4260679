package io.sluice.it.bench;

import java.nio.channels.ServerSocketChannel;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/** Sees from outside when a listener is closed: what the connector tells of its drain does not begin with the stop. */
final class CloseWatch extends Thread {
    private static final Duration POLL = Duration.ofNanos(50_000);
    private static final Duration LIMIT = Duration.ofSeconds(30);

    private final ServerSocketChannel listener;
    private volatile long closedNanos;

    CloseWatch(ServerSocketChannel listener) {
        super("close-watch");
        setDaemon(true);
        this.listener = listener;
    }

    @Override
    public void run() {
        long end = System.nanoTime() + LIMIT.toNanos();
        while (listener.isOpen() && System.nanoTime() < end) {
            LockSupport.parkNanos(POLL.toNanos());
        }
        closedNanos = System.nanoTime();
    }

    /** When the listener was closed, by {@link System#nanoTime}; waits for that. */
    long awaitClosed() throws InterruptedException {
        join();
        if (listener.isOpen()) {
            throw new IllegalStateException("the listener is open after " + LIMIT.toSeconds() + " s");
        }
        return closedNanos;
    }
}
