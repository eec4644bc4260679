package io.sluice.internal.drain;

import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Passes over the accept queues of one drain, which share its deadline. */
final class AcceptPasses {
    private static final Logger LOG = LoggerFactory.getLogger(AcceptPasses.class);
    private static final Duration HANDSHAKE_POLL = Duration.ofNanos(500_000);
    private static final Duration SERVE_POLL = Duration.ofMillis(2);
    private static final Duration LONGEST_BACK_OFF = Duration.ofMillis(50);
    private static final int HAND_OVER_BATCH = 8192;

    private final List<AcceptQueue> queues;
    private final Handshakes handshakes;
    private final Clients clients;
    private final Drain.Time time;
    private final long halfTime;
    private final long deadline;
    private long retryUntil;
    private int accepted;
    private boolean deadlineReached;

    /** Prepares passes that end when so much time has gone by from now. */
    AcceptPasses(List<AcceptQueue> queues, Handshakes handshakes, Clients clients, Drain.Time time, Duration timeout) {
        this.queues = queues;
        this.handshakes = handshakes;
        this.clients = clients;
        this.time = time;
        this.halfTime = time.nanoTime() + timeout.toNanos() / 2;
        this.deadline = time.nanoTime() + timeout.toNanos();
        this.retryUntil = deadline;
    }

    /** Tells how many connections all passes have accepted so far. */
    int accepted() {
        return accepted;
    }

    /** Tells whether a pass ended before its queue was known to be empty. */
    boolean isCutShort() {
        return deadlineReached;
    }

    /** Gives the end of a phase that begins now, which is the deadline at the latest. */
    long endIn(Duration limit) {
        return Math.min(deadline, time.nanoTime() + limit.toNanos());
    }

    /** Has a failing accept end its pass when so much time has gone by, because another pass will come. */
    void retryFor(Duration limit) {
        retryUntil = time.nanoTime() + limit.toNanos();
    }

    /** Has a failing accept tried again up to the deadline. */
    void retryUntilDeadline() {
        retryUntil = deadline;
    }

    /** Accepts all that is queued, in each queue. */
    void acceptAll() {
        queues.forEach(this::acceptAll);
    }

    /** Accepts until no handshake is half-open any more but for those that nobody will finish, or the end has come. */
    void acceptUntilNoneHalfOpen(long end) {
        handshakes.begin();
        for (int ours; (ours = halfOpen()) > 0 && !handshakes.areAbandoned(ours) && time.nanoTime() < end; ) {
            acceptAll();
            pause(HANDSHAKE_POLL);
        }
    }

    private int halfOpen() {
        return queues.stream().mapToInt(queue -> queue.kernel().halfOpen()).sum();
    }

    /** Accepts all that is in this queue. */
    void acceptAll(AcceptQueue queue) {
        int failures = 0;
        do {
            try {
                if (!queue.acceptOne()) {
                    return;
                }
                failures = 0;
                if (++accepted % HAND_OVER_BATCH == 0) {
                    handOverKept(); // The pass may be long: these are not kept waiting for its end.
                }
            } catch (ClosedChannelException x) {
                if (!deadlineReached) {
                    LOG.warn("The listener was closed before it could be drained; what was in its queue is lost");
                }
                break;
            } catch (IOException | RuntimeException x) {
                // A client that aborted has left the queue: go on at once. With EMFILE the connection stays queued, and
                // descriptors come free as responses end: try again, a little later each time.
                LOG.debug("Accept failed during the drain", x);
                pause(backOff(failures++));
                if (time.nanoTime() >= retryUntil && time.nanoTime() < deadline) {
                    return;
                }
            }
        } while (time.nanoTime() < deadline);
        deadlineReached = true;
    }

    private static Duration backOff(int failures) {
        Duration pause = failures == 0 ? Duration.ZERO : Duration.ofMillis(1L << Math.min(failures, 10));
        return pause.compareTo(LONGEST_BACK_OFF) < 0 ? pause : LONGEST_BACK_OFF;
    }

    /** Lets time pass in which connections end and make room for those that were accepted and kept. */
    void pause(Duration pause) {
        clients.closeIdle();
        handOverKept();
        time.sleep(pause);
    }

    /** Serves until nobody is kept or waited for any more, or the deadline has come. */
    void serveUntilAnswered() {
        while (handOverKept() > 0 && time.nanoTime() < deadline) {
            pause(SERVE_POLL);
        }
        clients.allAccepted();
        while (clients.isPending() && time.nanoTime() < deadline) {
            pause(SERVE_POLL);
        }
    }

    private int handOverKept() {
        boolean mayWait = time.nanoTime() < halfTime;
        return queues.stream().mapToInt(queue -> queue.handOverKept(mayWait)).sum();
    }
}
