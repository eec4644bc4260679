package io.sluice.internal.drain;

import io.sluice.DrainStrategy;
import io.sluice.linux.ReusePortGroup;
import java.time.Duration;

/**
 * Nobody is diverted: a second pass finds the handshakes that have ended in a pause after the first. This works on each
 * platform, but handshakes cannot be seen, so that one that takes longer than the pause is reset.
 */
final class TwoPass extends Diversion {
    private final Duration pause;
    private final boolean heldElsewhere;

    private TwoPass(String reason, Duration pause, boolean heldElsewhere) {
        super(DrainStrategy.TWO_PASS, reason);
        this.pause = pause;
        this.heldElsewhere = heldElsewhere;
    }

    /** Creates what was chosen at the start. */
    static TwoPass of(Drain.Settings settings) {
        return new TwoPass(settings.strategyReason(), settings.settle(), false);
    }

    /** Creates what takes the place of another strategy when others have got a descriptor of the listener. */
    static TwoPass ofShared(Drain.Settings settings) {
        return new TwoPass(ReusePortGroup.HELD_ELSEWHERE, settings.settle(), true);
    }

    @Override
    boolean isHeldElsewhere() {
        return heldElsewhere;
    }

    @Override
    void settle(AcceptPasses passes) {
        passes.pause(pause);
    }
}
