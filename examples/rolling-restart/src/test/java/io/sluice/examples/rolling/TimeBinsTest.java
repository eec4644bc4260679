package io.sluice.examples.rolling;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class TimeBinsTest {
    private static StrategyResult result(int slots) {
        return new StrategyResult(
                Strategy.STOCK,
                SampleResults.STOCK.calm(),
                SampleResults.STOCK.restarting(),
                SampleResults.STOCK.calmTook(),
                SampleResults.STOCK.restartingTook(),
                List.of(),
                Collections.nCopies(
                        slots, SampleResults.outcomes(Outcome.OK, 3).plus(SampleResults.outcomes(Outcome.RESET, 1))));
    }

    @Test
    void thereAreNeverTooMany() {
        assertEquals(100, TimeBins.widthFor(List.of(result(120))));
        assertEquals(200, TimeBins.widthFor(List.of(result(121), result(5))));
        assertEquals(60_000, TimeBins.widthFor(List.of(result(600 * 120))));
    }

    @Test
    void addUpTheirSlots() {
        TimeBins bins = TimeBins.of(result(5), 200);
        assertEquals(
                "[ok 6  reset 2, ok 6  reset 2, ok 3  reset 1]", bins.outcomes().toString());
        assertEquals(30, bins.mostAnsweredPerSecond());
        assertEquals(2, bins.mostLost());
    }
}
