package io.sluice.examples.rolling;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Results as a load might bring them. */
final class SampleResults {
    static final LoadScenario SCENARIO = new LoadScenario(
            2,
            4,
            20,
            300,
            500,
            2,
            1000,
            3000,
            Protocol.HTTP,
            Connections.SHORT,
            List.of(Strategy.STOCK, Strategy.STEER));

    static final StrategyResult STOCK = new StrategyResult(
            Strategy.STOCK,
            phase(outcomes(Outcome.OK, 600), 0, 25),
            phase(
                    outcomes(Outcome.OK, 590)
                            .plus(outcomes(Outcome.UNAVAILABLE, 9))
                            .plus(outcomes(Outcome.RESET, 1)),
                    3,
                    90),
            Duration.ofMillis(2000),
            Duration.ofMillis(2010),
            restarts(),
            slots(outcomes(Outcome.UNAVAILABLE, 9).plus(outcomes(Outcome.RESET, 1))));

    static final StrategyResult STEER = new StrategyResult(
            Strategy.STEER,
            phase(outcomes(Outcome.OK, 600), 1, 25),
            phase(outcomes(Outcome.OK, 630), 0, 1000),
            Duration.ofMillis(2000),
            Duration.ofMillis(2100),
            restarts(),
            slots(Outcomes.none()));

    private SampleResults() {}

    static Outcomes outcomes(Outcome outcome, int count) {
        return Outcomes.of(Collections.nCopies(count, outcome));
    }

    static PhaseResult phase(Outcomes outcomes, int overdue, double slowestMillis) {
        List<Latencies.Point> curve = List.of(
                new Latencies.Point(0.001, 20),
                new Latencies.Point(0.5, 21),
                new Latencies.Point(0.99, 22),
                new Latencies.Point(1, slowestMillis));
        Latencies latencies =
                new Latencies(outcomes.count(Outcome.OK), 21.04, 22.25, slowestMillis, slowestMillis, curve);
        return new PhaseResult(outcomes, overdue, latencies);
    }

    private static List<Restart> restarts() {
        return List.of(restart(1, 2000), restart(2, 3000));
    }

    static Restart restart(int number, int startedMillis) {
        return new Restart(
                number,
                100 + number,
                200 + number,
                Duration.ofMillis(startedMillis),
                Duration.ofMillis(startedMillis + 610),
                Duration.ofMillis(startedMillis + 654));
    }

    /** Forty slots, in one of which requests are lost. */
    private static List<Outcomes> slots(Outcomes lost) {
        List<Outcomes> slots = new ArrayList<>(Collections.nCopies(40, outcomes(Outcome.OK, 30)));
        slots.set(26, outcomes(Outcome.OK, 20).plus(lost));
        return slots;
    }
}
