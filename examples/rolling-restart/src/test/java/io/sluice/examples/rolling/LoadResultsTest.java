package io.sluice.examples.rolling;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class LoadResultsTest {
    private static final LoadVerdict VERDICT = new LoadVerdict(List.of(SampleResults.STOCK, SampleResults.STEER));

    @Test
    void theTableHasARowWithoutRestartsAndOneWithThem() {
        assertEquals("""
                strategy  restarts  seconds  requests   ok  reset  refused  timeout  503  other  lost  overdue\
                  p50 ms  p99 ms  p99.9 ms  max ms
                stock            0      2.0       600  600      0        0        0    0      0     0        0\
                    21.0    22.3      25.0    25.0
                stock            2      2.0       600  590      1        0        0    9      0    10        3\
                    21.0    22.3      90.0    90.0
                steer            0      2.0       600  600      0        0        0    0      0     0        1\
                    21.0    22.3      25.0    25.0
                steer            2      2.1       630  630      0        0        0    0      0     0        0\
                    21.0    22.3    1000.0  1000.0
                """, new LoadTable(VERDICT.results()).render());
    }

    @Test
    void theVerdictIsOneSentence() {
        assertEquals("Lost with restarts: stock 10 of 600, steer 0 of 630.", VERDICT.sentence());
        assertTrue(VERDICT.nothingLost());
    }

    @Test
    void oneLostRequestOfSluiceIsTooMany() {
        assertFalse(verdictOfSteer(0, 1).nothingLost());
        assertFalse(verdictOfSteer(1, 0).nothingLost());
        assertTrue(verdictOfSteer(0, 0).nothingLost());
    }

    /** Then the load was too much for the machine, whatever the restarts did. */
    @Test
    void lossesWithoutRestartsAreTold() {
        assertEquals(
                "Lost with restarts: steer 1 of 11. Lost without restarts: steer 2 of 12.",
                verdictOfSteer(2, 1).sentence());
    }

    private static LoadVerdict verdictOfSteer(int lostCalm, int lostRestarting) {
        StrategyResult steer = SampleResults.STEER;
        return new LoadVerdict(List.of(new StrategyResult(
                Strategy.STEER,
                phaseThatLost(lostCalm),
                phaseThatLost(lostRestarting),
                steer.calmTook(),
                steer.restartingTook(),
                steer.restarts(),
                steer.outcomesOverTime())));
    }

    private static PhaseResult phaseThatLost(int lost) {
        return SampleResults.phase(
                SampleResults.outcomes(Outcome.OK, 10).plus(SampleResults.outcomes(Outcome.OTHER, lost)), 0, 20);
    }

    @Test
    void theSameFiguresAsJson() {
        String latencies = "\"p50Millis\": 21.040, \"p99Millis\": 22.250, \"p999Millis\": %s, \"maxMillis\": %s}";
        String restart = "        {\"number\": %d, \"oldPid\": %d, \"newPid\": %d, \"startedMillis\": %d,"
                + " \"readyMillis\": %d, \"endedMillis\": %d}";
        String restarts = "      \"restarts\": [\n"
                + restart.formatted(1, 101, 201, 2000, 2610, 2654)
                + ",\n"
                + restart.formatted(2, 102, 202, 3000, 3610, 3654)
                + "\n      ]}";
        assertEquals(
                """
                {
                  "scenario": {"workers": 2, "threads": 4, "delayMillis": 20, "rate": 300, "outstanding": 500,\
                 "restarts": 2, "everyMillis": 1000, "warmUpMillis": 3000, "protocol": "http", "connections": "short"},
                  "results": [
                    {"strategy": "stock",
                      "withoutRestarts": {"millis": 2000, "requests": 600, "ok": 600, "reset": 0, "refused": 0,\
                 "timeout": 0, "503": 0, "other": 0, "lost": 0, "overdue": 0, %s,
                      "withRestarts": {"millis": 2010, "requests": 600, "ok": 590, "reset": 1, "refused": 0,\
                 "timeout": 0, "503": 9, "other": 0, "lost": 10, "overdue": 3, %s,
                %s,
                    {"strategy": "steer",
                      "withoutRestarts": {"millis": 2000, "requests": 600, "ok": 600, "reset": 0, "refused": 0,\
                 "timeout": 0, "503": 0, "other": 0, "lost": 0, "overdue": 1, %s,
                      "withRestarts": {"millis": 2100, "requests": 630, "ok": 630, "reset": 0, "refused": 0,\
                 "timeout": 0, "503": 0, "other": 0, "lost": 0, "overdue": 0, %s,
                %s
                  ],
                  "nothingLost": true,
                  "verdict": "Lost with restarts: stock 10 of 600, steer 0 of 630."
                }
                """.formatted(
                                latencies.formatted("25.000", "25.000"),
                                latencies.formatted("90.000", "90.000"),
                                restarts,
                                latencies.formatted("25.000", "25.000"),
                                latencies.formatted("1000.000", "1000.000"),
                                restarts),
                new LoadFigures(SampleResults.SCENARIO, VERDICT).toJson());
    }
}
