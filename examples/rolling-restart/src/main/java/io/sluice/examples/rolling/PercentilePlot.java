package io.sluice.examples.rolling;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * Draws latencies by percentile, without restarts and with them. Each nine is as wide as the one before it: 90%, 99%,
 * 99.9%. All strategies have the same axes.
 */
final class PercentilePlot {
    private static final int WIDTH = 420;
    private static final int HEIGHT = 310;
    private static final double LEFT = 62;
    private static final double RIGHT = 406;
    private static final double TOP = 44;
    private static final double BOTTOM = 256;

    /** Shapes that touch would hide the line. */
    private static final double LEAST_GAP = 14;

    private final Axis requests;
    private final Axis millis;

    PercentilePlot(List<StrategyResult> results) {
        List<Latencies> all = results.stream()
                .flatMap(result -> phases(result))
                .filter(latencies -> latencies.count() > 0)
                .toList();
        double most = all.stream().mapToDouble(Latencies::maxMillis).max().orElse(1);
        double least = all.stream()
                .mapToDouble(latencies -> latencies.curve().get(0).millis())
                .min()
                .orElse(1);
        double count = all.stream().mapToDouble(Latencies::count).max().orElse(1);
        requests = requests(Math.max(100, count));
        millis = Axis.logarithmic(Math.max(0.1, least), Math.max(1, most), BOTTOM, TOP);
    }

    private static Stream<Latencies> phases(StrategyResult result) {
        return Stream.of(result.calm().latencies(), result.restarting().latencies());
    }

    /** One of how many requests takes longer. */
    private static Axis requests(double most) {
        List<Double> ticks = new ArrayList<>(List.of(2.0));
        for (double tick = 10; tick <= most; tick *= 10) {
            ticks.add(tick);
        }
        return new Axis(Math::log10, 1, most, LEFT, RIGHT, ticks);
    }

    /** The picture of one strategy. */
    Svg draw(StrategyResult result) {
        Svg svg = new Svg(WIDTH, HEIGHT, "Latency by percentile, " + result.strategy());
        for (double tick : millis.ticks()) {
            double y = millis.at(tick);
            svg.line("grid", at(LEFT, y), at(RIGHT, y));
            svg.text("tick end", at(LEFT - 6, y + 4), plain(tick));
        }
        for (double tick : requests.ticks()) {
            double x = requests.at(tick);
            svg.line("grid", at(x, TOP), at(x, BOTTOM));
            svg.text("tick middle", at(x, BOTTOM + 20), plain(100 - 100 / tick) + "%");
        }
        svg.line("base", at(LEFT, BOTTOM), at(RIGHT, BOTTOM));
        svg.textUpwards("axis middle", at(16, (TOP + BOTTOM) / 2), "latency, ms");
        svg.text("axis middle", at((LEFT + RIGHT) / 2, BOTTOM + 42), "share of the answered requests");
        curve(svg, "calm", result.calm().latencies());
        curve(svg, "restarting", result.restarting().latencies());
        legend(svg);
        return svg;
    }

    private void curve(Svg svg, String style, Latencies latencies) {
        List<Svg.Point> points = latencies.curve().stream()
                .map(point -> at(
                        requests.at(1 / Math.max(1 - point.share(), 1.0 / latencies.count())),
                        millis.at(point.millis())))
                .toList();
        svg.lines(style, points);
        double drawn = 0;
        for (int i = 0; i < points.size(); i++) {
            boolean last = i == points.size() - 1;
            if (last || points.get(i).x() - drawn >= LEAST_GAP) {
                shape(svg, style, points.get(i));
                drawn = points.get(i).x();
            }
        }
    }

    private static void shape(Svg svg, String style, Svg.Point point) {
        if (style.equals("calm")) {
            svg.circle("calm-shape", point, 3);
        } else {
            svg.area(
                    "restarting-shape",
                    List.of(
                            at(point.x() - 4, point.y() + 3),
                            at(point.x() + 4, point.y() + 3),
                            at(point.x(), point.y() - 4)));
        }
    }

    private static void legend(Svg svg) {
        entry(svg, "calm", LEFT + 10, "without restarts");
        entry(svg, "restarting", LEFT + 180, "with restarts");
    }

    private static void entry(Svg svg, String style, double x, String label) {
        double y = 20;
        svg.lines(style, List.of(at(x, y), at(x + 30, y)));
        shape(svg, style, at(x + 15, y));
        svg.text("note", at(x + 38, y + 4), label);
    }

    /** Without digits that say nothing: 99.9, 50, 0. */
    private static String plain(double value) {
        BigDecimal rounded = BigDecimal.valueOf(value).setScale(4, RoundingMode.HALF_UP);
        return rounded.stripTrailingZeros().toPlainString();
    }

    private static Svg.Point at(double x, double y) {
        return new Svg.Point(x, y);
    }
}
