package io.sluice.examples.rolling;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.HdrHistogram.Histogram;

/** Takes the requests of a load down, from many threads: each in the phase in which it was due. */
final class Recording implements Consumer<Sample> {
    /** The width of the slots of {@link #outcomesOverTime}. */
    static final int SLOT_MILLIS = 100;

    private static final int SIGNIFICANT_DIGITS = 3;

    private final Timeline timeline;

    // All below is guarded by this.
    private final Map<Phase, Requests> phases = new EnumMap<>(Phase.class);
    private final List<Map<Outcome, Integer>> slots = new ArrayList<>();
    private long finished;

    Recording(Timeline timeline) {
        this.timeline = timeline;
        for (Phase phase : Phase.values()) {
            phases.put(phase, new Requests());
        }
    }

    @Override
    public synchronized void accept(Sample sample) {
        finished++;
        Phase phase = timeline.phaseAt(sample.dueNanos());
        phases.get(phase).add(sample);
        if (phase != Phase.WARM_UP) {
            slotAt(sample.doneNanos()).merge(sample.outcome(), 1, Integer::sum);
        }
    }

    private Map<Outcome, Integer> slotAt(long nanos) {
        long index = timeline.at(nanos).toMillis() / SLOT_MILLIS;
        while (slots.size() <= index) {
            slots.add(new EnumMap<>(Outcome.class));
        }
        return slots.get((int) index);
    }

    /** How many requests have an outcome, those of the warm-up included. */
    synchronized long finished() {
        return finished;
    }

    /** The outcomes of the requests that were due in a phase, so far. */
    synchronized Outcomes outcomes(Phase phase) {
        return Outcomes.counted(phases.get(phase).counts);
    }

    /** All about the requests that were due in a phase. */
    synchronized PhaseResult result(Phase phase) {
        Requests requests = phases.get(phase);
        return new PhaseResult(
                Outcomes.counted(requests.counts), requests.overdue, Latencies.of(requests.answeredMicros));
    }

    /** The outcomes of the measured requests by when they had it, in slots from the start of measuring. */
    synchronized List<Outcomes> outcomesOverTime() {
        return slots.stream().map(Outcomes::counted).toList();
    }

    /** The requests of one phase. */
    private static final class Requests {
        private final Map<Outcome, Integer> counts = new EnumMap<>(Outcome.class);
        private final Histogram answeredMicros = new Histogram(SIGNIFICANT_DIGITS);
        private int overdue;

        void add(Sample sample) {
            counts.merge(sample.outcome(), 1, Integer::sum);
            overdue += sample.isOverdue() ? 1 : 0;
            if (!sample.outcome().isLost()) {
                answeredMicros.recordValue(TimeUnit.NANOSECONDS.toMicros(sample.latencyNanos()));
            }
        }
    }
}
