package io.sluice.internal.drain;

import io.sluice.DrainStrategy;

/** Nobody is diverted, because the listeners were closed before this drain. */
final class NoDiversion extends Diversion {
    /** Creates it, with the strategy that would have been used. */
    NoDiversion(DrainStrategy strategy, String reason) {
        super(strategy, reason);
    }

    @Override
    void settle(AcceptPasses passes) {}
}
