package io.sluice.examples.rolling;

import java.util.ArrayList;
import java.util.List;

/**
 * Outcomes over time, in steps that are wide enough to be seen.
 *
 * @param millis the width of a step
 * @param outcomes of each step, from the start of measuring
 */
record TimeBins(int millis, List<Outcomes> outcomes) {
    private static final int MOST = 120;
    private static final int[] ROUND_SLOTS = {1, 2, 5, 10, 20, 50, 100, 200, 600, 1200, 3000, 6000};

    TimeBins {
        outcomes = List.copyOf(outcomes);
    }

    /** A round width with which nobody has too many. */
    static int widthFor(List<StrategyResult> results) {
        int slots = results.stream()
                .mapToInt(result -> result.outcomesOverTime().size())
                .max()
                .orElse(0);
        for (int width : ROUND_SLOTS) {
            if (slots <= MOST * width) {
                return width * Recording.SLOT_MILLIS;
            }
        }
        return slots * Recording.SLOT_MILLIS;
    }

    static TimeBins of(StrategyResult result, int millis) {
        int slotsPerBin = millis / Recording.SLOT_MILLIS;
        List<Outcomes> slots = result.outcomesOverTime();
        List<Outcomes> bins = new ArrayList<>();
        for (int from = 0; from < slots.size(); from += slotsPerBin) {
            Outcomes sum = Outcomes.none();
            for (Outcomes slot : slots.subList(from, Math.min(slots.size(), from + slotsPerBin))) {
                sum = sum.plus(slot);
            }
            bins.add(sum);
        }
        return new TimeBins(millis, bins);
    }

    double seconds() {
        return millis / 1000.0;
    }

    /** The most that were answered in one step, per second. */
    double mostAnsweredPerSecond() {
        return outcomes.stream().mapToInt(bin -> bin.count(Outcome.OK)).max().orElse(0) / seconds();
    }

    /** The most that were lost in one step. */
    int mostLost() {
        return outcomes.stream().mapToInt(Outcomes::lost).max().orElse(0);
    }
}
