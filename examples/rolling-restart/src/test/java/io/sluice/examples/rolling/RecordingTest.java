package io.sluice.examples.rolling;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class RecordingTest {
    /** One second to warm up, two without restarts, from an arbitrary start. */
    private static final long START = Long.MAX_VALUE - TimeUnit.SECONDS.toNanos(2);

    private final Recording recording =
            new Recording(new Timeline(START, Duration.ofSeconds(1), Duration.ofSeconds(2)));

    /** A request that was due so many milliseconds after the start. */
    private void add(int dueMillis, int lateMillis, int tookMillis, Outcome outcome) {
        long due = START + TimeUnit.MILLISECONDS.toNanos(dueMillis);
        recording.accept(new Sample(
                due,
                due + TimeUnit.MILLISECONDS.toNanos(lateMillis),
                due + TimeUnit.MILLISECONDS.toNanos(tookMillis),
                outcome));
    }

    @Test
    void aRequestBelongsToThePhaseInWhichItWasDue() {
        add(0, 0, 5, Outcome.OK);
        add(999, 0, 2500, Outcome.TIMEOUT);
        add(1000, 0, 7, Outcome.OK);
        add(2999, 0, 700, Outcome.OK);
        add(3000, 0, 9, Outcome.UNAVAILABLE);
        add(9999, 0, 11, Outcome.OK);
        assertEquals("ok 1  timeout 1", recording.outcomes(Phase.WARM_UP).toString());
        assertEquals("ok 2", recording.outcomes(Phase.CALM).toString());
        assertEquals("ok 1  503 1", recording.outcomes(Phase.RESTARTS).toString());
        assertEquals(700, recording.result(Phase.CALM).latencies().maxMillis(), 1);
        assertEquals(11, recording.result(Phase.RESTARTS).latencies().maxMillis(), 0.1);
        assertEquals(6, recording.finished());
    }

    /** How fast an error came says nothing about answers. */
    @Test
    void latenciesAreThoseOfAnswers() {
        add(3000, 0, 20, Outcome.OK);
        add(3000, 0, 1, Outcome.RESET);
        add(3000, 0, 10_000, Outcome.TIMEOUT);
        Latencies latencies = recording.result(Phase.RESTARTS).latencies();
        assertEquals(1, latencies.count());
        assertEquals(20, latencies.p50Millis(), 0.1);
        assertEquals(20, latencies.maxMillis(), 0.1);
    }

    @Test
    void latenciesRunFromWhenARequestWasDue() {
        add(3000, 400, 405, Outcome.OK);
        assertEquals(405, recording.result(Phase.RESTARTS).latencies().maxMillis(), 1);
    }

    @Test
    void countsThoseThatWereSentLate() {
        add(1500, 9, 20, Outcome.OK);
        add(1500, 10, 20, Outcome.OK);
        add(3500, 5000, 5000, Outcome.TIMEOUT);
        assertEquals(1, recording.result(Phase.CALM).overdue());
        assertEquals(1, recording.result(Phase.RESTARTS).overdue());
    }

    @Test
    void outcomesAreAtTheTimeOfTheOutcome() {
        add(900, 0, 300, Outcome.OK); // Warm-up, though it ends later.
        add(1000, 0, 5, Outcome.OK);
        add(1050, 0, 49, Outcome.RESET);
        add(1050, 0, 50, Outcome.RESET);
        add(1100, 0, 150, Outcome.OK);
        assertEquals(
                "[ok 1  reset 1, reset 1, ok 1]", recording.outcomesOverTime().toString());
    }
}
