package io.sluice.examples.rolling;

import java.util.ArrayList;
import java.util.List;
import java.util.function.DoubleUnaryOperator;

/**
 * Where values are in a picture, and which of them are written beside it.
 *
 * @param measure what makes the values even: themselves, or their logarithm
 * @param least the smallest value
 * @param most the largest one
 * @param from where the smallest is
 * @param to where the largest is
 * @param ticks the values that are written
 */
record Axis(DoubleUnaryOperator measure, double least, double most, double from, double to, List<Double> ticks) {
    private static final double[] ROUND = {1, 2, 5, 10};

    Axis {
        ticks = List.copyOf(ticks);
    }

    /** From 0 to a round number that is not less than this. */
    static Axis linear(double most, int mostTicks, double from, double to) {
        double step = step(most, mostTicks);
        List<Double> ticks = new ArrayList<>();
        long steps = Math.max(1, (long) Math.ceil(most / step));
        for (long i = 0; i <= steps; i++) {
            ticks.add(i * step);
        }
        return new Axis(value -> value, 0, steps * step, from, to, ticks);
    }

    /** The smallest round step, a whole number, with which so many ticks reach the value. */
    private static double step(double most, int mostTicks) {
        for (double decade = 1; decade < Double.MAX_VALUE / 10; decade *= 10) {
            for (double round : ROUND) {
                if (round * decade * (mostTicks - 1) >= most) {
                    return round * decade;
                }
            }
        }
        throw new IllegalArgumentException("no axis reaches " + most);
    }

    /** Logarithmic, between round numbers that these two lie between. */
    static Axis logarithmic(double least, double most, double from, double to) {
        double high = Math.max(most, 2 * least);
        double low = Math.pow(10, Math.floor(Math.log10(least)));
        List<Double> all = new ArrayList<>();
        for (double decade = low; decade <= high * 10; decade *= 10) {
            all.add(decade);
            all.add(2 * decade);
            all.add(5 * decade);
        }
        List<Double> ticks = all.stream()
                .filter(tick -> tick >= below(all, least) && tick <= above(all, high))
                .toList();
        return new Axis(Math::log10, ticks.get(0), ticks.get(ticks.size() - 1), from, to, ticks);
    }

    private static double below(List<Double> ticks, double value) {
        return ticks.stream()
                .filter(tick -> tick <= value)
                .mapToDouble(x -> x)
                .max()
                .orElse(0);
    }

    private static double above(List<Double> ticks, double value) {
        return ticks.stream()
                .filter(tick -> tick >= value)
                .mapToDouble(x -> x)
                .min()
                .orElseThrow();
    }

    /** Where a value is; what is beyond an end is at that end. */
    double at(double value) {
        double low = measure.applyAsDouble(least);
        double high = measure.applyAsDouble(most);
        double inside = Math.min(most, Math.max(least, value));
        return from + (measure.applyAsDouble(inside) - low) / (high - low) * (to - from);
    }
}
