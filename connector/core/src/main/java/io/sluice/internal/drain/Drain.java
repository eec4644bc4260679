package io.sluice.internal.drain;

import io.sluice.DrainReport;
import io.sluice.DrainStrategy;
import io.sluice.linux.ReusePortGroup;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The drain of one connector, from the stop to the last response: it accepts what the kernel holds, closes the listeners,
 * and waits until every accepted connection has its response. It runs once; a second caller waits for the first.
 *
 * <p>A drain for {@link DrainReport.Reason#CLOSE} ends with the close: the connections live on, and a later stop waits for
 * them with a drain of no listeners.
 */
public final class Drain {
    private static final Logger LOG = LoggerFactory.getLogger(Drain.class);
    private static final Duration JOIN_POLL = Duration.ofMillis(2);
    private static final Duration SUCCESSOR_POLL = Duration.ofMillis(20);

    private final AcceptQueues listeners;
    private final ReusePortGroup group;
    private final Peers peers;
    private final Clients clients;
    private final Time time;
    private final AtomicReference<DrainReport.Reason> begunBy = new AtomicReference<>();
    private final CompletableFuture<DrainReport> report = new CompletableFuture<>();
    private List<AcceptQueue> queues = List.of(); // Used by the thread that drains, once it is known which they are.
    private Successor successor = Successor.NONE; // Likewise.
    private volatile boolean closed;

    /**
     * Creates a drain that has not begun, with nobody to hand over to.
     *
     * @param queues the listeners, all on one address; none if they were closed before
     * @param group the group that they are in
     * @param clients the connections that were accepted from them
     * @param time the clock
     */
    public Drain(List<? extends AcceptQueue> queues, ReusePortGroup group, Clients clients, Time time) {
        this(AcceptQueues.of(queues), group, Peers.NONE, clients, time);
    }

    /**
     * Creates a drain that has not begun.
     *
     * @param listeners the listeners
     * @param group the group that they are in
     * @param peers the others in that group
     * @param clients the connections that were accepted from them
     * @param time the clock
     */
    public Drain(AcceptQueues listeners, ReusePortGroup group, Peers peers, Clients clients, Time time) {
        this.listeners = listeners;
        this.group = group;
        this.peers = peers;
        this.clients = clients;
        this.time = time;
    }

    private DrainReport run(DrainReport.Reason reason, Settings settings, Clients waitedFor, Duration waited) {
        DrainProgress progress = new DrainProgress(time);
        Handshakes handshakes = new Handshakes(group, time);
        AcceptPasses passes = new AcceptPasses(queues, handshakes, waitedFor, time, settings.timeout());
        Diversion diversion =
                Diversion.of(settings, queues, group, peers, time).begin(progress.members(group.members()));
        successor = peers.successor(diversion.taker());
        waitedFor.begin(reason, settings.keepAliveGrace(), successor);
        queues.forEach(AcceptQueue::stopAcceptors);

        // Accept what the kernel has queued, and have new clients go to the other processes.
        diversion.beforeFirstPass(passes);
        passes.acceptAll();
        diversion = diversion.afterFirstPass(passes);
        progress.firstPassEnded(passes.accepted());

        // An empty queue says nothing about handshakes under way: wait until they are over.
        diversion.settle(passes);
        progress.settled();

        // Close each listener right after its last pass: a connection that is completed in between is reset.
        for (AcceptQueue queue : queues) {
            diversion.beforeLastPass(queue);
            passes.acceptAll(queue);
            if (!diversion.isHeldElsewhere()) {
                progress.leaving(queue.kernel());
            }
            group.leave(queue.kernel());
            queue.close();
        }
        closed = true;
        progress.closed(passes.accepted(), handshakes);
        group.unlock();

        // Serve until every accepted connection has its response, or the time is over.
        passes.serveUntilAnswered();
        queues.forEach(queue -> progress.neverServed(queue.closeUnserved()));
        return progress.report(reason, waited, diversion, waitedFor.tally(), passes.isCutShort());
    }

    /**
     * Drains, or waits for the drain that is under way. A caller that only closes waits until the listeners are closed,
     * because a request that closes them must not wait for itself. An interrupt does not cut it short, because a half-done
     * drain resets connections. It ends at the latest with the settings' timeout, and a failure ends in the report.
     *
     * @param reason what asks for it
     * @param settings its bounds
     * @param observer is told of the start and the end
     */
    public void drain(DrainReport.Reason reason, Settings settings, Observer observer) {
        boolean first = begunBy.compareAndSet(null, reason);
        boolean closeOnly = reason == DrainReport.Reason.CLOSE;
        if (!closeOnly) {
            clients.exemptCallingRequest();
        }
        if (first) {
            lead(reason, settings, observer);
        } else {
            while (!report.isDone() && !(closeOnly && closed)) {
                time.sleep(JOIN_POLL);
            }
        }
    }

    /**
     * Gives the report.
     *
     * @return null while the drain has not ended
     */
    public DrainReport report() {
        return report.getNow(null);
    }

    /**
     * Tells whether the drain has begun.
     *
     * @return true for good once somebody has asked for it
     */
    public boolean isBegun() {
        return reason() != null;
    }

    /**
     * Tells what the drain has begun for.
     *
     * @return the reason of the first caller, or null as long as there is none
     */
    public DrainReport.Reason reason() {
        return begunBy.get();
    }

    private void lead(DrainReport.Reason reason, Settings settings, Observer observer) {
        DrainReport done = null;
        try {
            done = runAndClose(reason, settings, observer);
            observer.finished(done);
        } finally {
            report.complete(done); // The callers that joined may end the process now: the observer has been told.
        }
    }

    private DrainReport runAndClose(DrainReport.Reason reason, Settings settings, Observer observer) {
        try {
            boolean closeOnly = reason == DrainReport.Reason.CLOSE;
            Duration waited = closeOnly || listeners.count() == 0 ? Duration.ZERO : serveOn(settings);
            queues = listeners.take();
            observer.started(reason);
            return runOrFallBack(reason, settings, closeOnly ? Clients.NONE : clients, waited);
        } catch (RuntimeException | Error x) { // An Error too: the application may have run out of memory.
            LOG.warn("The drain failed; connections under way are lost", x);
            return failed(reason, settings.strategy(), x);
        } finally {
            close();
        }
    }

    /** What the kernel is asked may fail in ways that nobody has thought of; two passes ask it for nothing but accepts. */
    private DrainReport runOrFallBack(
            DrainReport.Reason reason, Settings settings, Clients waitedFor, Duration waited) {
        try {
            return run(reason, settings, waitedFor, waited);
        } catch (RuntimeException | Error x) {
            if (closed || settings.strategy() == DrainStrategy.TWO_PASS) {
                throw x;
            }
            LOG.warn("The drain failed with strategy {}; it begins again with two passes", settings.strategy(), x);
            return run(reason, settings.inTwoPasses(settings.strategy() + " failed: " + x), waitedFor, waited);
        }
    }

    /** Closes what a failed drain has left: whatever went wrong, nothing stays steered, open or deaf. */
    private void close() {
        queues = listeners.take(); // Before it was to begin, something may have failed already.
        try {
            queues.forEach(queue -> group.leave(queue.kernel()));
        } finally {
            queues.forEach(AcceptQueue::close);
            queues.forEach(AcceptQueue::closeUnserved);
            group.unlock();
            successor.close();
        }
    }

    /** Gives the report of a drain that ended with an error: nobody knows whom it lost. */
    private static DrainReport failed(DrainReport.Reason reason, DrainStrategy strategy, Throwable error) {
        String why = "the drain failed: " + error;
        int unknown = DrainReport.UNKNOWN;
        Duration none = Duration.ZERO;
        return new DrainReport(
                reason, strategy, why, 0, 0, 0, 0, unknown, 0, 0, 0, unknown, none, none, none, none, none, 0, 0, 0, 0,
                0);
    }

    /**
     * Leaves everything as it is until load balancers have seen that this process is not ready any more, and another one
     * listens.
     */
    private Duration serveOn(Settings settings) {
        long start = time.nanoTime();
        long noticed = start + settings.preDrainDelay().toNanos();
        long deserted = start + settings.waitForSuccessor().toNanos();
        while (time.nanoTime() < noticed || (time.nanoTime() < deserted && isAlone())) {
            time.sleep(SUCCESSOR_POLL);
        }
        if (!settings.waitForSuccessor().isZero() && isAlone()) {
            LOG.warn(
                    "Nobody else listens after waitForSuccessor, {} ms: from here on new clients are refused",
                    settings.waitForSuccessor().toMillis());
        }
        return Duration.ofNanos(time.nanoTime() - start);
    }

    private boolean isAlone() {
        return group.members() <= listeners.count();
    }

    /**
     * The bounds of a drain.
     *
     * @param strategy the strategy, never AUTO
     * @param strategyReason why that one, for the report
     * @param instead what is used where nobody takes the listeners over, never HAND_OVER
     * @param insteadReason why that one
     * @param settle the pause between the passes, where half-open handshakes cannot be seen
     * @param handshakeTimeout how long half-open handshakes are waited for
     * @param keepAliveGrace how long connections without a request under way may still send one
     * @param timeout the bound of the whole drain
     * @param preDrainDelay how long everything goes on before it
     * @param waitForSuccessor how long everything goes on while nobody else listens
     */
    public record Settings(
            DrainStrategy strategy,
            String strategyReason,
            DrainStrategy instead,
            String insteadReason,
            Duration settle,
            Duration handshakeTimeout,
            Duration keepAliveGrace,
            Duration timeout,
            Duration preDrainDelay,
            Duration waitForSuccessor) {

        /** The bounds of a drain that hands nothing over. */
        public Settings(
                DrainStrategy strategy,
                String strategyReason,
                Duration settle,
                Duration handshakeTimeout,
                Duration keepAliveGrace,
                Duration timeout,
                Duration preDrainDelay,
                Duration waitForSuccessor) {
            this(
                    strategy,
                    strategyReason,
                    strategy,
                    strategyReason,
                    settle,
                    handshakeTimeout,
                    keepAliveGrace,
                    timeout,
                    preDrainDelay,
                    waitForSuccessor);
        }

        private Settings inTwoPasses(String why) {
            return with(DrainStrategy.TWO_PASS, why);
        }

        /** Gives the settings for when nobody takes the listeners over. */
        Settings withoutHandOver() {
            return with(instead, "nobody takes the listener over; " + insteadReason);
        }

        private Settings with(DrainStrategy other, String why) {
            return new Settings(
                    other,
                    why,
                    instead,
                    insteadReason,
                    settle,
                    handshakeTimeout,
                    keepAliveGrace,
                    timeout,
                    preDrainDelay,
                    waitForSuccessor);
        }
    }

    /** Is told of the start and the end of a drain, in the thread that drains, which waits for it. */
    public interface Observer {
        /** An observer that does nothing. */
        Observer NONE = new Observer() {
            @Override
            public void started(DrainReport.Reason reason) {}

            @Override
            public void finished(DrainReport report) {}
        };

        /**
         * Is called when the waits before the drain are over.
         *
         * @param reason what asked for it
         */
        void started(DrainReport.Reason reason);

        /**
         * Is called before the callers that joined the drain go on.
         *
         * @param report what it did
         */
        void finished(DrainReport report);
    }

    /** The clock and the pauses, which tests replace so that they need not wait. */
    public interface Time {
        /** The clock of the JVM. */
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

        /**
         * Gives the time.
         *
         * @return see {@link System#nanoTime}
         */
        long nanoTime();

        /**
         * Pauses the calling thread; an interrupt does not shorten the pause and is kept for the caller.
         *
         * @param pause how long
         */
        void sleep(Duration pause);
    }
}
