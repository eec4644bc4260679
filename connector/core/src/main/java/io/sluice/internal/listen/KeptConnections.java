package io.sluice.internal.listen;

import io.sluice.internal.drain.OtherCode;
import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.eclipse.jetty.util.IO;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The connections that a drain has accepted and not handed over yet. AcceptListeners and subclasses run in the hand-over:
 * an allow list may ask DNS there, which must not hold up the close.
 */
final class KeptConnections {
    private static final Logger LOG = LoggerFactory.getLogger(KeptConnections.class);
    private static final Duration LIMIT = Duration.ofMillis(20); // Another hand-over comes soon.

    private final Listener.HandOver handOver;
    private final Listener.Room room;
    private final Queue<SocketChannel> kept = new ConcurrentLinkedQueue<>();
    private final AtomicInteger waiting = new AtomicInteger(); // Those whose hand-over is under way included.
    private final AtomicInteger neverServed = new AtomicInteger();
    private volatile boolean closed;
    private Thread thread; // Used by the thread that drains, null before the first hand-over.

    KeptConnections(Listener.HandOver handOver, Listener.Room room) {
        this.handOver = handOver;
        this.room = room;
    }

    void add(SocketChannel accepted) {
        waiting.incrementAndGet();
        kept.add(accepted);
    }

    /**
     * Hands over as far as there is room.
     *
     * @param mayWait whether there is time to wait for limits that pass by themselves
     * @return how many still wait
     */
    int handOver(boolean mayWait) {
        boolean isBusy = thread != null && thread.isAlive();
        if (!isBusy && !kept.isEmpty() && room.hasRoom(mayWait)) {
            thread = OtherCode.start("sluice-hand-over", () -> handOverAll(mayWait));
        }
        if (thread != null && !OtherCode.isOver(thread, LIMIT)) {
            LOG.debug("A hand-over takes more than {}", LIMIT);
        }
        return waiting.get();
    }

    private void handOverAll(boolean mayWait) {
        SocketChannel next;
        while (!closed && room.hasRoom(mayWait) && (next = kept.poll()) != null) {
            try {
                handOver.accepted(next);
            } catch (IOException | RuntimeException x) {
                LOG.debug("A connection could not be handed over", x); // As where no selector has started.
                IO.close(next);
                neverServed.incrementAndGet();
            }
            waiting.decrementAndGet();
        }
    }

    /**
     * Closes those that still wait.
     *
     * @return how many were never served, those included that could not be handed over
     */
    int closeUnserved() {
        closed = true;
        for (SocketChannel next; (next = kept.poll()) != null; ) {
            IO.close(next);
        }
        return neverServed.addAndGet(waiting.getAndSet(0));
    }
}
