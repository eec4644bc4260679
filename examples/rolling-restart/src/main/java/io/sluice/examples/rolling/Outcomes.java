package io.sluice.examples.rolling;

import java.util.Collection;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** How many requests had which {@link Outcome}. Immutable. */
public final class Outcomes {
    private final Map<Outcome, Integer> counts = new EnumMap<>(Outcome.class);

    private Outcomes() {}

    /**
     * Counts outcomes.
     *
     * @param outcomes one per request
     * @return their counts
     */
    public static Outcomes of(Collection<Outcome> outcomes) {
        Outcomes counted = new Outcomes();
        outcomes.forEach(outcome -> counted.counts.merge(outcome, 1, Integer::sum));
        return counted;
    }

    /**
     * Outcomes that somebody has counted already.
     *
     * @param counts how many of each
     * @return the same
     */
    static Outcomes counted(Map<Outcome, Integer> counts) {
        Outcomes counted = new Outcomes();
        counted.counts.putAll(counts);
        return counted;
    }

    /**
     * No requests at all: where a sum starts.
     *
     * @return zero of each
     */
    public static Outcomes none() {
        return of(List.of());
    }

    /**
     * The sum of these and others.
     *
     * @param others what to add
     * @return the counts of both
     */
    public Outcomes plus(Outcomes others) {
        Outcomes sum = new Outcomes();
        sum.counts.putAll(counts);
        others.counts.forEach((outcome, count) -> sum.counts.merge(outcome, count, Integer::sum));
        return sum;
    }

    /**
     * The requests with one outcome.
     *
     * @param outcome which
     * @return how many, 0 if there are none
     */
    public int count(Outcome outcome) {
        return counts.getOrDefault(outcome, 0);
    }

    /**
     * All requests.
     *
     * @return how many
     */
    public int total() {
        return counts.values().stream().mapToInt(Integer::intValue).sum();
    }

    /**
     * The requests without a proper answer.
     *
     * @return how many, see {@link Outcome#isLost()}
     */
    public int lost() {
        return total() - count(Outcome.OK);
    }

    /** For example {@code ok 12  503 18}. */
    @Override
    public String toString() {
        return counts.entrySet().stream()
                .map(entry -> entry.getKey() + " " + entry.getValue())
                .collect(Collectors.joining("  "));
    }
}
