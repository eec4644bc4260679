package io.sluice.examples.rolling;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;

class LatenciesTest {
    @Test
    void percentilesAreInMilliseconds() {
        Histogram micros = new Histogram(3);
        for (int i = 1; i <= 1000; i++) {
            micros.recordValue(i * 1000L);
        }
        Latencies latencies = Latencies.of(micros);
        assertEquals(1000, latencies.count());
        assertEquals(500, latencies.p50Millis(), 1);
        assertEquals(990, latencies.p99Millis(), 1);
        assertEquals(999, latencies.p999Millis(), 1);
        assertEquals(1000, latencies.maxMillis(), 1);
    }

    @Test
    void theCurveRisesToTheLongest() {
        Histogram micros = new Histogram(3);
        for (int i = 1; i <= 1000; i++) {
            micros.recordValue(i * 1000L);
        }
        List<Latencies.Point> curve = Latencies.of(micros).curve();
        for (int i = 1; i < curve.size(); i++) {
            assertTrue(curve.get(i - 1).share() <= curve.get(i).share(), curve::toString);
            assertTrue(curve.get(i - 1).millis() <= curve.get(i).millis(), curve::toString);
        }
        Latencies.Point last = curve.get(curve.size() - 1);
        assertEquals(1, last.share());
        assertEquals(1000, last.millis(), 1);
    }

    @Test
    void noRequestsHaveNoCurve() {
        assertEquals(new Latencies(0, 0, 0, 0, 0, List.of()), Latencies.of(new Histogram(3)));
    }
}
