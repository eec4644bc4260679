package io.sluice.it.bench;

import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * One row of a table: a quantity of two sides that were measured in turn.
 *
 * @param figure what it belongs to
 * @param quantity what was measured
 * @param measured the name of what is judged
 * @param base the name of what it is compared with
 * @param kind how the two values of a pair are compared
 * @param pairs the values
 * @param aim what is hoped for, or null
 */
record Comparison(
        String figure,
        String quantity,
        Unit unit,
        String measured,
        String base,
        Kind kind,
        List<Pair<Double>> pairs,
        Aim aim) {
    static final String LEGEND =
            "First and second are the medians of the two sides that are compared; median, min and max are"
                    + " those of the ratios or differences of the single pairs.";
    private static final String LINE = "%-48s %-6s  %-26s  %11s  %11s  %9s  %9s  %9s  %s";
    private static final List<String> HEAD =
            List.of("quantity", "unit", "compared", "first", "second", "median", "min", "max", "aim");

    Comparison {
        pairs = List.copyOf(pairs);
    }

    /** How the two values of a pair are compared. */
    enum Kind {
        RATIO("/"),
        DIFFERENCE("-");

        private final String sign;

        Kind(String sign) {
            this.sign = sign;
        }
    }

    Comparison aimingAt(Aim hopedFor) {
        return new Comparison(figure, quantity, unit, measured, base, kind, pairs, hopedFor);
    }

    /** The same values, subtracted instead of divided. */
    Comparison asDifference() {
        return new Comparison(figure, quantity, unit, measured, base, Kind.DIFFERENCE, pairs, null);
    }

    Spread ratio() {
        return spread(pair -> pair.measured() / pair.base());
    }

    Spread difference() {
        return spread(pair -> pair.measured() - pair.base());
    }

    Spread value() {
        return spread(Pair::measured);
    }

    private Spread spread(Function<Pair<Double>, Double> of) {
        return Spread.of(pairs.stream().map(of).toList());
    }

    private Spread shown() {
        return kind == Kind.RATIO ? ratio() : difference();
    }

    /** By the rounded value, so that a table never contradicts itself. */
    boolean isAimReached() {
        return aim.isReachedBy(
                switch (aim.of()) {
                    case RATIO -> Math.round(ratio().median() * 100) / 100.0;
                    case DIFFERENCE -> unit.rounded(difference().median());
                    case VALUE -> unit.rounded(value().median());
                });
    }

    static String head() {
        return LINE.formatted(HEAD.toArray());
    }

    String line() {
        return LINE.formatted(cells().toArray());
    }

    static String markdownHead() {
        return markdown(HEAD) + "\n|---|---|---|--:|--:|--:|--:|--:|---|";
    }

    String markdown() {
        return markdown(cells());
    }

    private static String markdown(List<String> cells) {
        return cells.stream().collect(Collectors.joining(" | ", "| ", " |"));
    }

    private List<String> cells() {
        return List.of(
                quantity,
                unit.toString(),
                "%s %s %s".formatted(measured, kind.sign, base),
                unit.shown(value().median()),
                unit.shown(spread(Pair::base).median()),
                compared(shown().median()),
                compared(shown().min()),
                compared(shown().max()),
                aim == null ? "" : "%s: %s".formatted(aim, isAimReached() ? "reached" : "missed"));
    }

    private String compared(double value) {
        return kind == Kind.RATIO ? String.format(Locale.ROOT, "%.2f", value) : unit.shown(value);
    }

    String toJson() {
        return String.format(
                Locale.ROOT,
                "{\"figure\":\"%s\",\"quantity\":\"%s\",\"unit\":\"%s\",\"measured\":\"%s\",\"base\":\"%s\",\"kind\":\"%s\","
                        + "\"median\":%.6f,\"min\":%.6f,\"max\":%.6f,\"aim\":%s,\"pairs\":%s}",
                figure,
                quantity,
                unit,
                measured,
                base,
                kind.name().toLowerCase(Locale.ROOT),
                shown().median(),
                shown().min(),
                shown().max(),
                aim == null ? "null" : "{\"text\":\"%s\",\"reached\":%s}".formatted(aim, isAimReached()),
                pairs.stream()
                        .map(pair -> String.format(Locale.ROOT, "[%.6f,%.6f]", pair.measured(), pair.base()))
                        .collect(Collectors.joining(",", "[", "]")));
    }
}
