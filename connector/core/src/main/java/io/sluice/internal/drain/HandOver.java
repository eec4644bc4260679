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
    private final Peers.Taker taker;

    /** Creates a diversion with which nothing has been handed over. */
    HandOver(Drain.Settings settings, List<AcceptQueue> queues, ReusePortGroup group, Peers peers, Drain.Time time) {
        this(settings.strategyReason(), settings, queues, group, peers, time, Peers.Taker.NONE);
    }

    private HandOver(
            String reason,
            Drain.Settings settings,
            List<AcceptQueue> queues,
            ReusePortGroup group,
            Peers peers,
            Drain.Time time,
            Peers.Taker taker) {
        super(DrainStrategy.HAND_OVER, reason);
        this.settings = settings;
        this.queues = queues;
        this.group = group;
        this.peers = peers;
        this.time = time;
        this.taker = taker;
    }

    @Override
    Diversion begin(int members) {
        Peers.Outcome outcome = peers.handOver();
        if (outcome.taker().isPresent()) {
            Peers.Taker found = outcome.taker().get();
            return new HandOver("taken over by " + found, settings, queues, group, peers, time, found);
        }
        return outcome.held()
                ? TwoPass.ofShared(settings)
                : Diversion.of(settings.withoutHandOver(), queues, group, peers, time)
                        .begin(members);
    }

    @Override
    Peers.Taker taker() {
        return taker;
    }

    @Override
    boolean isHeldElsewhere() {
        return true;
    }

    @Override
    void settle(AcceptPasses passes) {}
}
