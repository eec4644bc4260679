package io.sluice.examples.rolling;

import java.time.Duration;
import java.util.List;

/**
 * What a load met with one strategy.
 *
 * @param strategy which
 * @param calm the requests without restarts
 * @param restarting the requests with restarts
 * @param calmTook how long the load ran without restarts
 * @param restartingTook how long it ran with restarts
 * @param restarts each of them
 * @param outcomesOverTime in slots of {@link Recording#SLOT_MILLIS} from the start of measuring
 */
record StrategyResult(
        Strategy strategy,
        PhaseResult calm,
        PhaseResult restarting,
        Duration calmTook,
        Duration restartingTook,
        List<Restart> restarts,
        List<Outcomes> outcomesOverTime) {
    StrategyResult {
        restarts = List.copyOf(restarts);
        outcomesOverTime = List.copyOf(outcomesOverTime);
    }

    /** In both phases. */
    int lost() {
        return calm.outcomes().lost() + restarting.outcomes().lost();
    }
}
