package io.sluice.internal.drain;

import io.sluice.DrainStrategy;
import io.sluice.linux.ReusePortGroup;
import java.util.List;

/**
 * Another process gets the listeners, and accepts from them before we stop. What is queued or half-open then goes on there,
 * and new clients are at no moment without somebody who accepts: nothing is set, and nobody is waited for.
 */
final class HandOver extends Diversion {
    private final Drain.Settings settings;
    private final List<AcceptQueue> queues;
    private final ReusePortGroup group;
    private final Drain.Time time;
    private final Peers peers;

    /** Creates a diversion with which nothing has been handed over. */
    HandOver(
            String reason,
            Drain.Settings settings,
            List<AcceptQueue> queues,
            ReusePortGroup group,
            Peers peers,
            Drain.Time time) {
        super(DrainStrategy.HAND_OVER, reason);
        this.settings = settings;
        this.queues = queues;
        this.group = group;
        this.peers = peers;
        this.time = time;
    }

    @Override
    Diversion begin(int members) {
        Peers.Outcome outcome = peers.handOver();
        if (outcome.taker().isPresent()) {
            return new HandOver("taken over by " + outcome.taker().get(), settings, queues, group, peers, time);
        }
        return outcome.held()
                ? TwoPass.ofShared(settings)
                : Diversion.of(settings.withoutHandOver(), queues, group, peers, time)
                        .begin(members);
    }

    @Override
    boolean isHeldElsewhere() {
        return true;
    }

    @Override
    void settle(AcceptPasses passes) {}
}
