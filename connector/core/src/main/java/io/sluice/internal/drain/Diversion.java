package io.sluice.internal.drain;

import io.sluice.DrainStrategy;
import io.sluice.linux.ReusePortGroup;
import java.util.List;

/**
 * How new clients are kept away from listeners that are about to be closed. This is all that the strategies differ in. The
 * methods are called in their order here. One that finds that it does not work returns the diversion that takes its place
 * from there on, with a reason for the report.
 */
abstract sealed class Diversion permits HandOver, Steer, Gate, TwoPass, NoDiversion {
    private final DrainStrategy strategy;
    private final String reason;

    /**
     * Creates a diversion that does nothing yet.
     *
     * @param reason why this one is in force, for the report
     */
    Diversion(DrainStrategy strategy, String reason) {
        this.strategy = strategy;
        this.reason = reason;
    }

    /** Gives the diversion that was asked for; nothing is diverted yet. */
    static Diversion of(
            Drain.Settings settings, List<AcceptQueue> queues, ReusePortGroup group, Peers peers, Drain.Time time) {
        if (queues.isEmpty()) {
            return new NoDiversion(settings.strategy(), settings.strategyReason());
        }
        if (settings.strategy() == DrainStrategy.HAND_OVER) {
            return new HandOver(settings, queues, group, peers, time);
        }
        if (settings.strategy() != DrainStrategy.TWO_PASS && group.isHeldElsewhere()) {
            return TwoPass.ofShared(settings);
        }
        return switch (settings.strategy()) {
            case STEER -> new Steer(settings, queues, group, time);
            case GATE -> new Gate(settings.strategyReason(), settings, queues);
            default -> TwoPass.of(settings);
        };
    }

    /** Tells whether what we leave in the queue, or half-open, is known to go on with others who hold the listener. */
    boolean isHeldElsewhere() {
        return false;
    }

    /** Tells who has taken the listeners over. */
    Peers.Taker taker() {
        return Peers.Taker.NONE;
    }

    /** Gives the strategy in force. */
    final DrainStrategy strategy() {
        return strategy;
    }

    /** Tells why this strategy is in force. */
    final String reason() {
        return reason;
    }

    /** Gets ready while acceptors still accept, so that it may wait. */
    Diversion begin(int members) {
        return this;
    }

    /** Does what must be done before the first pass. */
    void beforeFirstPass(AcceptPasses passes) {}

    /** Diverts, or finds out that it cannot. */
    Diversion afterFirstPass(AcceptPasses passes) {
        return this;
    }

    /** Waits for handshakes that are under way, and accepts them. */
    abstract void settle(AcceptPasses passes);

    /** Does what must be done right before the last pass over a queue. */
    void beforeLastPass(AcceptQueue queue) {}
}
