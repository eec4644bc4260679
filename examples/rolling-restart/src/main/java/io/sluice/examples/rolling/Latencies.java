package io.sluice.examples.rolling;

import java.util.ArrayList;
import java.util.List;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.HistogramIterationValue;

/**
 * How long answered requests took, from when they were due.
 *
 * @param count how many there were; without any, all others are 0
 * @param p50Millis what half of them did not exceed
 * @param p99Millis what 99% did not exceed
 * @param p999Millis what 99.9% did not exceed
 * @param maxMillis the longest
 * @param curve all of them, from the shortest to the longest
 */
record Latencies(
        long count, double p50Millis, double p99Millis, double p999Millis, double maxMillis, List<Point> curve) {
    private static final int POINTS_PER_HALF = 4;
    private static final double MICROS_PER_MILLI = 1000;

    Latencies {
        curve = List.copyOf(curve);
    }

    /**
     * A point of the curve.
     *
     * @param share of the requests, more than 0 and at most 1
     * @param millis what they did not exceed
     */
    record Point(double share, double millis) {}

    /** The latencies of a histogram of microseconds. */
    static Latencies of(Histogram micros) {
        List<Point> curve = new ArrayList<>();
        if (micros.getTotalCount() > 0) {
            for (HistogramIterationValue value : micros.percentiles(POINTS_PER_HALF)) {
                double share = (double) value.getTotalCountToThisValue() / micros.getTotalCount();
                curve.add(new Point(share, value.getValueIteratedTo() / MICROS_PER_MILLI));
            }
        }
        return new Latencies(
                micros.getTotalCount(),
                micros.getValueAtPercentile(50) / MICROS_PER_MILLI,
                micros.getValueAtPercentile(99) / MICROS_PER_MILLI,
                micros.getValueAtPercentile(99.9) / MICROS_PER_MILLI,
                micros.getMaxValue() / MICROS_PER_MILLI,
                curve);
    }
}
