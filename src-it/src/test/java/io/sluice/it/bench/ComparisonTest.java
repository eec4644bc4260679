package io.sluice.it.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class ComparisonTest {
    private static Comparison comparison(double... values) {
        return new Comparison(
                "speed",
                "requests",
                Unit.PER_SECOND,
                "new",
                "old",
                Comparison.Kind.RATIO,
                List.of(new Pair<>(values[0], values[1]), new Pair<>(values[2], values[3])),
                null);
    }

    @Test
    void theMedianIsOfTheRatiosNotTheRatioOfTheMedians() {
        assertEquals(new Spread(5.05, 0.1, 10), comparison(100, 1000, 1000, 100).ratio());
        assertEquals(new Spread(0, -900, 900), comparison(100, 1000, 1000, 100).difference());
    }

    @Test
    void aRowOfTheTable() {
        assertEquals(
                "| requests | 1/s | new / old | 3,000 | 1,500 | 2.00 | 2.00 | 2.00 | ratio ≥ 1.10: reached |",
                comparison(2000, 1000, 4000, 2000)
                        .aimingAt(Aim.ratioAtLeast(1.1))
                        .markdown());
        assertEquals(
                "| requests | 1/s | new - old | 3,000 | 1,500 | 1,500 | 1,000 | 2,000 |  |",
                comparison(2000, 1000, 4000, 2000).asDifference().markdown());
    }

    @Test
    void aLineIsAsWideAsItsHead() {
        Comparison row = comparison(2000, 1000, 4000, 2000);

        assertEquals(Comparison.head().indexOf("aim"), row.line().length(), row.line());
    }

    @Test
    void allValuesAreInTheJson() {
        assertEquals(
                "{\"figure\":\"speed\",\"quantity\":\"requests\",\"unit\":\"1/s\",\"measured\":\"new\",\"base\":\"old\",\"kind\":\"ratio\","
                        + "\"median\":2.000000,\"min\":2.000000,\"max\":2.000000,"
                        + "\"aim\":{\"text\":\"value ≤ 5\",\"reached\":false},"
                        + "\"pairs\":[[2000.000000,1000.000000],[4000.000000,2000.000000]]}",
                comparison(2000, 1000, 4000, 2000).aimingAt(Aim.valueAtMost(5)).toJson());
        assertTrue(comparison(1, 1, 1, 1).toJson().contains("\"aim\":null"));
    }

    @Test
    void anAimIsJudgedByWhatIsShown() {
        assertTrue(comparison(9.99, 10, 9.99, 10).aimingAt(Aim.ratioAtLeast(1)).isAimReached());
        assertFalse(comparison(9.9, 10, 9.9, 10).aimingAt(Aim.ratioAtLeast(1)).isAimReached());
        assertTrue(
                comparison(10.4, 10, 10.4, 10).aimingAt(Aim.differenceAtMost(0)).isAimReached());
        assertFalse(
                comparison(10.6, 10, 10.6, 10).aimingAt(Aim.differenceAtMost(0)).isAimReached());
        assertFalse(comparison(6, 10, 6, 10).aimingAt(Aim.valueAtMost(5)).isAimReached());
    }
}
