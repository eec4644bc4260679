package io.sluice;

import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The drain of one connector: accepts what the kernel holds, closes the listeners, and waits until everybody who was
 * accepted has an answer. It happens once; whoever asks for it again waits for the same end.
 */
final class AcceptQueueDrain {
    private static final Logger LOG = LoggerFactory.getLogger(AcceptQueueDrain.class);
    private static final Duration POLL = Duration.ofMillis(2);
    private static final Duration LONGEST_BACK_OFF = Duration.ofMillis(50);

    private final List<AcceptQueue> queues;
    private final Answers answers;
    private final Time time;
    private final AtomicReference<Thread> drainer = new AtomicReference<>();
    private final CompletableFuture<DrainReport> report = new CompletableFuture<>();

    AcceptQueueDrain(List<AcceptQueue> queues, Answers answers, Time time) {
        this.queues = List.copyOf(queues);
        this.answers = answers;
        this.time = time;
    }

    /**
     * Drains, or waits for the drain that is under way. Never throws and is not cut short by an interrupt, because a
     * half-done drain resets connections; it ends at the latest with the settings' timeout.
     */
    void drain(DrainReport.Reason reason, Settings settings, Observer observer) {
        Thread caller = Thread.currentThread();
        boolean first = drainer.compareAndSet(null, caller);
        if (!first && drainer.get() == caller) {
            return; // A listener of the drain stops the server once more: waiting here would be for itself.
        }
        Runnable endExcuse = answers.excuseCaller();
        try {
            if (first) {
                lead(reason, settings, observer);
            } else {
                while (!report.isDone()) {
                    time.sleep(POLL);
                }
            }
        } finally {
            endExcuse.run();
        }
    }

    /** The report, or null while there is none. */
    DrainReport report() {
        return report.getNow(null);
    }

    boolean isBegun() {
        return drainer.get() != null;
    }

    private void lead(DrainReport.Reason reason, Settings settings, Observer observer) {
        DrainReport done = null;
        try {
            observer.started(reason);
            done = run(reason, settings);
            observer.finished(done);
        } finally {
            queues.forEach(AcceptQueue::close);
            report.complete(done); // Whatever went wrong, nobody waits for ever.
        }
    }

    private DrainReport run(DrainReport.Reason reason, Settings settings) {
        long start = time.nanoTime();
        long deadline = start + settings.timeout().toNanos();
        Passes passes = new Passes(deadline);

        answers.begin();
        queues.forEach(AcceptQueue::stopAcceptors);

        int firstPass = 0;
        for (AcceptQueue queue : queues) {
            firstPass += passes.acceptAll(queue);
        }
        LOG.debug("First pass accepted {}", firstPass);

        // An empty queue says nothing about handshakes under way: give their last ACK time to arrive.
        time.sleep(settings.settle());

        int stragglers = 0;
        for (AcceptQueue queue : queues) {
            stragglers += passes.acceptAll(queue);
            queue.close(); // At once: each connection completed between the last accept and the close is reset.
        }
        long closed = time.nanoTime();
        LOG.debug("Last pass accepted {}, closed", stragglers);

        while (answers.isPending() && time.nanoTime() < deadline) {
            time.sleep(POLL);
        }

        Answers.Tally tally = answers.tally();
        return new DrainReport(
                reason,
                settings.strategy(),
                firstPass,
                stragglers,
                tally.answered(),
                tally.unanswered(),
                passes.cutShort ? DrainReport.UNKNOWN : tally.lost(),
                Duration.ofNanos(closed - start),
                Duration.ofNanos(time.nanoTime() - start));
    }

    /** Accept passes that share one deadline. */
    private final class Passes {
        private final long deadline;
        private boolean cutShort;

        private Passes(long deadline) {
            this.deadline = deadline;
        }

        private int acceptAll(AcceptQueue queue) {
            int accepted = 0;
            int failures = 0;
            do {
                try {
                    if (!queue.acceptOne()) {
                        return accepted;
                    }
                    accepted++;
                    failures = 0;
                } catch (ClosedChannelException x) {
                    LOG.warn("The listener was closed before it could be drained; what was in its queue is lost");
                    break;
                } catch (IOException | RuntimeException x) {
                    // An aborted connection took its place in the queue with it: go on at once. With EMFILE the place
                    // stays; descriptors come free as connections are answered, so try again, a little later each time.
                    LOG.debug("Accept failed during the drain", x);
                    time.sleep(backOff(failures++));
                }
            } while (time.nanoTime() < deadline);
            cutShort = true;
            return accepted;
        }

        private Duration backOff(int failures) {
            Duration pause = failures == 0 ? Duration.ZERO : Duration.ofMillis(1L << Math.min(failures, 10));
            return pause.compareTo(LONGEST_BACK_OFF) < 0 ? pause : LONGEST_BACK_OFF;
        }
    }

    /**
     * What bounds a drain.
     *
     * @param strategy the strategy to report
     * @param settle the pause between the passes
     * @param timeout the bound of the whole drain
     */
    record Settings(DrainStrategy strategy, Duration settle, Duration timeout) {}

    /** Told of the start and the end by the thread that drains. */
    interface Observer {
        void started(DrainReport.Reason reason);

        void finished(DrainReport report);
    }

    /** The clock and the pauses, apart so that tests need not wait. */
    interface Time {
        Time SYSTEM = new Time() {
            @Override
            public long nanoTime() {
                return System.nanoTime();
            }

            @Override
            public void sleep(Duration pause) {
                long end = nanoTime() + pause.toNanos();
                boolean interrupted = false;
                for (long left; (left = end - nanoTime()) > 0; ) {
                    LockSupport.parkNanos(left);
                    interrupted |= Thread.interrupted();
                }
                if (interrupted) {
                    Thread.currentThread().interrupt();
                }
            }
        };

        long nanoTime();

        /** Pauses the calling thread; an interrupt does not shorten the pause and is kept for the caller. */
        void sleep(Duration pause);
    }
}
