package io.sluice.internal.drain;

import io.sluice.DrainStrategy;
import io.sluice.linux.ReusePortGroup;
import java.time.Duration;
import java.util.List;

/**
 * New SYNs go to the other members of the reuseport group. The gate is closed for the last moment only. With the SYNs all
 * syncookies went elsewhere, so that their ACKs need not be dropped.
 */
final class Steer extends Diversion {
    private static final Duration PROBE_TIMEOUT = Duration.ofMillis(100);
    private static final Duration PROBE_POLL = Duration.ofNanos(500_000);
    /**
     * A SYN that another CPU had given us when the steering began is a handshake by then: one packet takes microseconds. To
     * wait for what every CPU was doing (membarrier(2)) took 4 to 24 ms.
     */
    private static final Duration SYN_IN_FLIGHT = Duration.ofNanos(500_000);

    private final Drain.Settings settings;
    private final List<AcceptQueue> queues;
    private final ReusePortGroup group;
    private final Drain.Time time;
    private final Gate gate;
    private boolean probed;

    /** Creates a diversion that steers nobody yet. */
    Steer(Drain.Settings settings, List<AcceptQueue> queues, ReusePortGroup group, Drain.Time time) {
        super(DrainStrategy.STEER, settings.strategyReason());
        this.settings = settings;
        this.queues = queues;
        this.group = group;
        this.time = time;
        this.gate = new Gate(settings.strategyReason(), settings, queues);
    }

    /** Waits for another process that is draining, because the group has one program. */
    @Override
    Diversion begin(int members) {
        boolean alone = members <= queues.size();
        return !alone && group.tryLock(settings.timeout().dividedBy(2))
                ? this
                : gateBecause("no other member to steer to, or one that drains for very long");
    }

    /** Sends the probes, which the first pass finds: they tell our indexes in the group. */
    @Override
    void beforeFirstPass(AcceptPasses passes) {
        probed = group.probe();
        gate.beforeFirstPass(passes);
    }

    /** Waits for late probes, because on a busy machine one takes longer than the first pass. */
    @Override
    Diversion afterFirstPass(AcceptPasses passes) {
        if (!probed) {
            return gateBecause("no probe could be sent");
        }
        long end = time.nanoTime() + PROBE_TIMEOUT.toNanos();
        while (!group.steer()) {
            if (time.nanoTime() >= end) {
                return gateBecause("no probe came back");
            }
            time.sleep(PROBE_POLL);
            passes.acceptAll();
        }
        return this;
    }

    private Gate gateBecause(String reason) {
        return new Gate(reason, settings, queues);
    }

    /** Closes the gate last: nothing begins behind it, even if our index has changed since the probes. */
    @Override
    void settle(AcceptPasses passes) {
        long end = passes.endIn(settings.handshakeTimeout());
        time.sleep(SYN_IN_FLIGHT);
        passes.acceptUntilNoneHalfOpen(end);
        gate.dropSynsAndSettle(passes, end);
    }
}
