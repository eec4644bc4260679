package io.sluice.internal.drain;

import io.sluice.DrainStrategy;
import java.time.Duration;

/**
 * Nobody is diverted: a second pass finds the handshakes that have ended in a pause after the first. This works on each
 * platform, but handshakes cannot be seen, so that one that takes longer than the pause is reset.
 */
final class TwoPass extends Diversion {
    private final Duration pause;

    /** Creates it. */
    TwoPass(Drain.Settings settings) {
        super(DrainStrategy.TWO_PASS, settings.strategyReason());
        this.pause = settings.settle();
    }

    @Override
    void settle(AcceptPasses passes) {
        passes.pause(pause);
    }
}
