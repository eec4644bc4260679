package io.sluice;

import io.sluice.linux.KernelListener;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The drain of one connector: accepts what the kernel holds, closes the listeners, and waits until everybody who was
 * accepted has an answer. It happens once; whoever asks for it again waits for the same end.
 */
final class AcceptQueueDrain {
    private static final Logger LOG = LoggerFactory.getLogger(AcceptQueueDrain.class);
    private static final Duration POLL = Duration.ofMillis(2);
    private static final Duration POLL_HANDSHAKES = Duration.ofNanos(500_000);
    private static final Duration PROBES = Duration.ofMillis(100);
    private static final Duration STUCK = Duration.ofMillis(50);
    /**
     * A SYN that another CPU had given us when the steering began is a handshake by then: one packet takes microseconds. To
     * wait for what every CPU was doing (membarrier(2)) took 4 to 24 ms.
     */
    private static final Duration STEERED = Duration.ofNanos(500_000);

    private static final Duration LONGEST_BACK_OFF = Duration.ofMillis(50);
    private static final int LONGEST_QUEUE = 8192;
    private static final Duration POLL_SUCCESSOR = Duration.ofMillis(20);

    private final List<AcceptQueue> queues;
    private final Answers answers;
    private final Time time;
    private final AtomicBoolean begun = new AtomicBoolean();
    private final CompletableFuture<DrainReport> report = new CompletableFuture<>();

    /**
     * A drain that has not begun.
     *
     * @param queues at least one, all of listeners on one address
     */
    AcceptQueueDrain(List<? extends AcceptQueue> queues, Answers answers, Time time) {
        this.queues = List.copyOf(queues);
        this.answers = answers;
        this.time = time;
    }

    /**
     * Drains, or waits for the drain that is under way. Never throws and is not cut short by an interrupt, because a
     * half-done drain resets connections; it ends at the latest with the settings' timeout.
     */
    void drain(DrainReport.Reason reason, Settings settings, Observer observer) {
        boolean first = begun.compareAndSet(false, true);
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
        return begun.get();
    }

    private void lead(DrainReport.Reason reason, Settings settings, Observer observer) {
        DrainReport done = null;
        try {
            done = runAndClose(reason, settings, observer);
            observer.finished(done);
        } finally {
            report.complete(done); // Now those who wait may end the process: whoever wants to know has been told.
        }
    }

    private DrainReport runAndClose(DrainReport.Reason reason, Settings settings, Observer observer) {
        try {
            Duration waited = serveOn(settings);
            observer.started(reason);
            return run(reason, settings, waited);
        } catch (RuntimeException | Error x) { // An error too: the application may have used up the memory.
            LOG.warn("The drain failed; connections under way are lost", x);
            return DrainReport.failed(reason, settings.strategy(), x);
        } finally {
            // Whatever went wrong: nothing stays steered or open.
            forEachKernel(KernelListener::leave);
            queues.forEach(AcceptQueue::close);
            forEachKernel(KernelListener::endTurn);
        }
    }

    /**
     * Leaves everything as it is until load balancers have seen that this process is not ready any more, and somebody
     * else listens.
     */
    private Duration serveOn(Settings settings) {
        long start = time.nanoTime();
        long delayed = start + settings.preDrainDelay().toNanos();
        long deserted = start + settings.waitForSuccessor().toNanos();
        while (time.nanoTime() < delayed || (time.nanoTime() < deserted && isAlone())) {
            time.sleep(POLL_SUCCESSOR);
        }
        if (settings.waitForSuccessor().compareTo(Duration.ZERO) > 0 && isAlone()) {
            LOG.warn(
                    "Nobody else listens after waitForSuccessor, {} ms: from here on new clients are refused",
                    settings.waitForSuccessor().toMillis());
        }
        return Duration.ofNanos(time.nanoTime() - start);
    }

    private boolean isAlone() {
        return members() <= queues.size();
    }

    private DrainReport run(DrainReport.Reason reason, Settings settings, Duration waited) {
        long start = time.nanoTime();
        long deadline = start + settings.timeout().toNanos();
        int members = members();
        Passes passes = new Passes(start, deadline);
        Choice choice = new Choice(settings);

        // Who cannot steer, or is the last of its group, gates.
        if (choice.isSteer()
                && (members <= queues.size()
                        || !allKernels(
                                kernel -> kernel.takeTurn(settings.timeout().dividedBy(2))))) {
            choice.gateInstead("no other member to steer to, or one that drains for very long");
        }
        answers.begin(reason, settings.keepAliveGrace());
        queues.forEach(AcceptQueue::stopAcceptors);

        // New SYNs go to the other members. The first pass finds the probe that tells which member we are.
        if (choice.isSteer()) {
            forEachKernel(KernelListener::probe);
        }
        // Without descriptors the pass could last for ever, and the gate helps those who are still to come.
        if (choice.strategy != DrainStrategy.TWO_PASS) {
            passes.giveUpAt(time.nanoTime() + STUCK.toNanos());
        }
        int firstPass = passes.acceptAll();
        long probesEnd = time.nanoTime() + PROBES.toNanos();
        while (choice.isSteer() && !allKernels(KernelListener::steer)) {
            if (time.nanoTime() < probesEnd) {
                time.sleep(POLL_HANDSHAKES); // On a busy machine a probe takes longer than the pass.
                firstPass += passes.acceptAll();
            } else {
                choice.gateInstead("no probe came back");
            }
        }
        long passed = time.nanoTime();
        LOG.debug("First pass accepted {}, strategy {}", firstPass, choice.strategy);

        // An empty queue says nothing about handshakes under way: wait until they are over.
        int stragglers = 0;
        if (choice.strategy == DrainStrategy.TWO_PASS) {
            passes.pause(settings.settle());
        } else {
            long end = Math.min(
                    deadline, time.nanoTime() + settings.handshakeTimeout().toNanos());
            if (choice.isSteer()) {
                time.sleep(STEERED);
                stragglers += passes.acceptHalfOpen(end);
            }
            // From here on nothing can begin on this listener, whatever our index has become meanwhile.
            forEachKernel(KernelListener::gate);
            passes.giveUpAt(deadline);
            stragglers += passes.acceptHalfOpen(end);
        }

        long settled = time.nanoTime();
        int atRisk = 0;
        int left = 0;
        boolean blind = false;
        for (AcceptQueue queue : queues) {
            if (choice.strategy == DrainStrategy.GATE) {
                queue.kernel().shut(); // To handshakes by syncookie, which have left no trace. Who steers has none.
            }
            stragglers += passes.acceptAll(queue);
            atRisk += queue.kernel().halfOpen();
            int length = queue.kernel().queueLength();
            left += Math.max(0, length);
            blind |= length == KernelListener.UNKNOWN;
            queue.kernel().leave();
            queue.close(); // At once: each connection completed between the last accept and the close is reset.
        }
        long closed = time.nanoTime();
        forEachKernel(KernelListener::ungateAccepted);
        forEachKernel(KernelListener::endTurn);
        LOG.debug("{} stragglers, {} left, {} half-open, closed", stragglers, left, atRisk);

        while ((passes.handOverKept() > 0 || answers.isPending()) && time.nanoTime() < deadline) {
            passes.pause(POLL);
        }
        int neverServed = queues.stream().mapToInt(AcceptQueue::closeKept).sum();

        Answers.Tally tally = answers.tally();
        return new DrainReport(
                reason,
                choice.strategy,
                choice.reason,
                firstPass,
                stragglers,
                tally.answered(),
                tally.unanswered(),
                blind && passes.cutShort ? DrainReport.UNKNOWN : tally.lost() + left + neverServed,
                atRisk,
                tally.idleClosed(),
                members,
                waited,
                Duration.ofNanos(passed - start),
                Duration.ofNanos(settled - start),
                Duration.ofNanos(closed - start),
                Duration.ofNanos(time.nanoTime() - start));
    }

    private int members() {
        return queues.get(0).kernel().members();
    }

    private int halfOpen() {
        return queues.stream().mapToInt(queue -> queue.kernel().halfOpen()).sum();
    }

    private void forEachKernel(Consumer<KernelListener> step) {
        queues.forEach(queue -> step.accept(queue.kernel()));
    }

    private boolean allKernels(Predicate<KernelListener> step) {
        return queues.stream().allMatch(queue -> step.test(queue.kernel()));
    }

    /** The strategy that is used, and why: the one that was asked for, unless it turns out not to work. */
    private static final class Choice {
        private DrainStrategy strategy;
        private String reason;

        private Choice(Settings settings) {
            strategy = settings.strategy();
            reason = settings.strategyReason();
        }

        private boolean isSteer() {
            return strategy == DrainStrategy.STEER;
        }

        private void gateInstead(String why) {
            strategy = DrainStrategy.GATE;
            reason = why;
        }
    }

    /** Accept passes that share one deadline. */
    private final class Passes {
        private final long halfTime;
        private final long deadline;
        private long stuckEnd;
        private boolean cutShort;

        private Passes(long start, long deadline) {
            this.halfTime = start + (deadline - start) / 2;
            this.deadline = deadline;
            this.stuckEnd = deadline;
        }

        /** From this moment on a failure to accept ends a pass: another one comes. */
        private void giveUpAt(long end) {
            stuckEnd = end;
        }

        /** Lets time go by, in which connections end and make room for those that were accepted and kept. */
        private void pause(Duration pause) {
            answers.sayGoodbye();
            handOverKept();
            time.sleep(pause);
        }

        private int handOverKept() {
            boolean patient = time.nanoTime() < halfTime;
            return queues.stream()
                    .mapToInt(queue -> queue.handOverKept(patient))
                    .sum();
        }

        private int acceptAll() {
            return queues.stream().mapToInt(this::acceptAll).sum();
        }

        /** Accepts until no handshake is half-open any more, or the end has come. */
        private int acceptHalfOpen(long end) {
            int accepted = 0;
            while (halfOpen() > 0 && time.nanoTime() < end) {
                accepted += acceptAll();
                pause(POLL_HANDSHAKES);
            }
            return accepted;
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
                    if (accepted % LONGEST_QUEUE == 0) {
                        handOverKept(); // More come all the time: those who have come are not kept waiting for that.
                    }
                } catch (ClosedChannelException x) {
                    if (!cutShort) {
                        LOG.warn("The listener was closed before it could be drained; what was in its queue is lost");
                    }
                    break;
                } catch (IOException | RuntimeException x) {
                    // An aborted connection took its place in the queue with it: go on at once. With EMFILE the place
                    // stays; descriptors come free as connections are answered, so try again, a little later each time.
                    LOG.debug("Accept failed during the drain", x);
                    pause(backOff(failures++));
                    if (time.nanoTime() >= stuckEnd && time.nanoTime() < deadline) {
                        return accepted;
                    }
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
     * @param strategy the strategy, never AUTO
     * @param strategyReason why that one, for the report
     * @param settle the pause between the passes, where half-open handshakes cannot be seen
     * @param handshakeTimeout how long half-open handshakes are waited for
     * @param keepAliveGrace how long connections without a request under way may still send one
     * @param timeout the bound of the whole drain
     * @param preDrainDelay how long everything goes on before it
     * @param waitForSuccessor how long everything goes on while nobody else listens
     */
    record Settings(
            DrainStrategy strategy,
            String strategyReason,
            Duration settle,
            Duration handshakeTimeout,
            Duration keepAliveGrace,
            Duration timeout,
            Duration preDrainDelay,
            Duration waitForSuccessor) {}

    /** Told of the start and the end by the thread that drains, which waits for it. */
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
