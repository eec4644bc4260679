package io.sluice.examples.rolling;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Draws what was answered and what was lost over time, with the restarts marked. What is counted has the same axis for
 * all strategies, the time is that of each.
 */
final class TimePlot {
    private static final int WIDTH = 720;
    private static final int HEIGHT = 310;
    private static final double LEFT = 62;
    private static final double RIGHT = 708;
    private static final double MARKS = 34;
    private static final double ANSWERED_TOP = 44;
    private static final double ANSWERED_BOTTOM = 144;
    private static final double LOST_TOP = 166;
    private static final double LOST_BOTTOM = 256;

    /** Numbers of restarts need some room. */
    private static final double LEAST_GAP = 18;

    /** One lost request must be seen beside a hundred. */
    private static final double LEAST_HEIGHT = 3;

    private final int binMillis;
    private final Axis answered;
    private final Axis lost;

    TimePlot(List<StrategyResult> results) {
        binMillis = TimeBins.widthFor(results);
        List<TimeBins> all =
                results.stream().map(result -> TimeBins.of(result, binMillis)).toList();
        answered = Axis.linear(
                all.stream().mapToDouble(TimeBins::mostAnsweredPerSecond).max().orElse(1),
                4,
                ANSWERED_BOTTOM,
                ANSWERED_TOP);
        lost = Axis.linear(
                Math.max(3, all.stream().mapToInt(TimeBins::mostLost).max().orElse(0)), 4, LOST_BOTTOM, LOST_TOP);
    }

    /** From the start of measuring to its end. */
    private static Axis time(StrategyResult result, TimeBins bins) {
        double seconds = Math.max(loadSeconds(result), bins.outcomes().size() * bins.seconds());
        Axis round = Axis.linear(seconds, 13, LEFT, RIGHT);
        List<Double> ticks =
                round.ticks().stream().filter(tick -> tick <= seconds).toList();
        return new Axis(round.measure(), 0, seconds, LEFT, RIGHT, ticks);
    }

    private static double loadSeconds(StrategyResult result) {
        return seconds(result.calmTook().plus(result.restartingTook()));
    }

    private static double seconds(Duration duration) {
        return duration.toNanos() / 1e9;
    }

    /** The picture of one strategy. */
    Svg draw(StrategyResult result) {
        TimeBins bins = TimeBins.of(result, binMillis);
        Svg svg = new Svg(WIDTH, HEIGHT, "Outcomes over time, " + result.strategy());
        Axis time = time(result, bins);
        phases(svg, time, result);
        restarts(svg, time, result);
        grid(svg, answered);
        grid(svg, lost);
        answered(svg, time, bins, loadSeconds(result));
        lost(svg, time, bins);
        times(svg, time);
        svg.textUpwards("axis middle", at(16, (ANSWERED_TOP + ANSWERED_BOTTOM) / 2), "answered per s");
        svg.textUpwards(
                "axis middle", at(16, (LOST_TOP + LOST_BOTTOM) / 2), "lost per " + decimal(bins.seconds()) + " s");
        if (result.lost() == 0) {
            double middle = (time.at(seconds(result.calmTook())) + RIGHT) / 2;
            svg.text("note middle", at(middle, (LOST_TOP + LOST_BOTTOM) / 2 + 4), "nothing lost");
        }
        return svg;
    }

    private static void phases(Svg svg, Axis time, StrategyResult result) {
        double change = time.at(seconds(result.calmTook()));
        svg.line("edge", at(change, 6), at(change, LOST_BOTTOM));
        svg.text("note end", at(change - 8, 16), "without restarts");
        svg.text("note", at(change + 8, 16), "with restarts");
    }

    private static void restarts(Svg svg, Axis time, StrategyResult result) {
        double lastNumber = 0;
        for (Restart restart : result.restarts()) {
            double from = time.at(seconds(restart.ready()));
            double to = time.at(seconds(restart.ended()));
            svg.box("restart", at(from, MARKS + 8), Math.max(1.5, to - from), LOST_BOTTOM - MARKS - 8, title(restart));
            svg.area("mark", List.of(at(from - 4, MARKS), at(from + 4, MARKS), at(from, MARKS + 8)));
            if (from - lastNumber >= LEAST_GAP) {
                svg.text("number middle", at(from, MARKS - 3), Integer.toString(restart.number()));
                lastNumber = from;
            }
        }
    }

    private static String title(Restart restart) {
        return "Restart %d: worker %d ready after %s s, worker %d gone after %s s"
                .formatted(
                        restart.number(),
                        restart.newPid(),
                        decimal(seconds(restart.startTook())),
                        restart.oldPid(),
                        decimal(seconds(restart.stopTook())));
    }

    private static void grid(Svg svg, Axis axis) {
        for (double tick : axis.ticks()) {
            double y = axis.at(tick);
            svg.line(tick == 0 ? "base" : "grid", at(LEFT, y), at(RIGHT, y));
            svg.text("tick end", at(LEFT - 6, y + 4), Long.toString(Math.round(tick)));
        }
    }

    /** As far as the load reached: a last step that it filled only in part would look like a fall. */
    private void answered(Svg svg, Axis time, TimeBins bins, double loadSeconds) {
        int filled = Math.min(bins.outcomes().size(), (int) (loadSeconds / bins.seconds()));
        List<Svg.Point> outline = new ArrayList<>();
        for (int i = 0; i < filled; i++) {
            double y = answered.at(bins.outcomes().get(i).count(Outcome.OK) / bins.seconds());
            outline.add(at(time.at(i * bins.seconds()), y));
            outline.add(at(time.at((i + 1) * bins.seconds()), y));
        }
        if (outline.isEmpty()) {
            return;
        }
        List<Svg.Point> corners = new ArrayList<>(outline);
        corners.add(at(outline.get(outline.size() - 1).x(), ANSWERED_BOTTOM));
        corners.add(at(LEFT, ANSWERED_BOTTOM));
        svg.area("answered", corners);
        svg.lines("answered-line", outline);
    }

    private void lost(Svg svg, Axis time, TimeBins bins) {
        for (int i = 0; i < bins.outcomes().size(); i++) {
            double from = time.at(i * bins.seconds());
            double width = time.at((i + 1) * bins.seconds()) - from;
            int below = 0;
            for (Outcome outcome : Outcome.values()) {
                int count = bins.outcomes().get(i).count(outcome);
                if (outcome.isLost() && count > 0) {
                    double height = Math.max(LEAST_HEIGHT, lost.at(below) - lost.at(below + count));
                    svg.box(
                            OutcomeStyle.of(outcome),
                            at(from, lost.at(below) - height),
                            width,
                            height,
                            "%d %s at %s s".formatted(count, outcome, decimal(i * bins.seconds())));
                    below += count;
                }
            }
        }
    }

    private static void times(Svg svg, Axis time) {
        for (double tick : time.ticks()) {
            double x = time.at(tick);
            svg.line("base", at(x, LOST_BOTTOM), at(x, LOST_BOTTOM + 5));
            svg.text("tick middle", at(x, LOST_BOTTOM + 20), Long.toString(Math.round(tick)));
        }
        svg.text("axis middle", at((LEFT + RIGHT) / 2, LOST_BOTTOM + 42), "time, s");
    }

    private static Svg.Point at(double x, double y) {
        return new Svg.Point(x, y);
    }

    private static String decimal(double value) {
        return String.format(Locale.ROOT, "%.1f", value);
    }
}
