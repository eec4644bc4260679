package io.sluice.examples.rolling;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class ResultTableTest {
    private static final Result STOCK = new Result(
            Contender.STOCK,
            10,
            outcomes(Outcome.OK, 113)
                    .plus(outcomes(Outcome.RESET, 8))
                    .plus(outcomes(Outcome.UNAVAILABLE, 178))
                    .plus(outcomes(Outcome.TIMEOUT, 1)));
    private static final Result SLUICE = new Result(Contender.SLUICE, 10, outcomes(Outcome.OK, 300));

    private static Outcomes outcomes(Outcome outcome, int count) {
        return Outcomes.of(Collections.nCopies(count, outcome));
    }

    @Test
    void alignsItsColumns() {
        assertEquals("""
                connector  bursts  requests   ok  reset  refused  timeout  503  other  lost
                stock          10       300  113      8        0        1  178      0   187
                sluice         10       300  300      0        0        0    0      0     0
                """, new ResultTable(List.of(STOCK, SLUICE)).render());
    }

    @Test
    void theVerdictIsOneSentence() {
        Verdict verdict = new Verdict(STOCK, SLUICE);
        assertEquals("Sluice lost 0 of 300 requests; the stock connector lost 187 of 300.", verdict.sentence());
        assertTrue(verdict.nothingLost());
    }

    @Test
    void oneLostRequestIsTooMany() {
        Result lossy =
                new Result(Contender.SLUICE, 10, outcomes(Outcome.OK, 299).plus(outcomes(Outcome.OTHER, 1)));
        assertFalse(new Verdict(STOCK, lossy).nothingLost());
    }

    @Test
    void theSameFiguresAsJson() {
        assertEquals("""
                {
                  "scenario": {"bursts": 10, "clients": 30, "workers": 2, "threads": 4, \
                "delayMillis": 50, "maxRequests": 5},
                  "results": [
                    {"connector": "stock", "bursts": 10, "requests": 300, "ok": 113, "reset": 8, "refused": 0, \
                "timeout": 1, "503": 178, "other": 0, "lost": 187},
                    {"connector": "sluice", "bursts": 10, "requests": 300, "ok": 300, "reset": 0, "refused": 0, \
                "timeout": 0, "503": 0, "other": 0, "lost": 0}
                  ],
                  "nothingLost": true,
                  "verdict": "Sluice lost 0 of 300 requests; the stock connector lost 187 of 300."
                }
                """, new Figures(new Scenario(10, 30, 2, 4, 50, 5), new Verdict(STOCK, SLUICE)).toJson());
    }
}
