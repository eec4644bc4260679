package io.sluice.it.chaos;

import io.sluice.examples.rolling.Outcomes;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

/**
 * What one cell came to.
 *
 * @param cell which
 * @param restarts how many workers were replaced
 * @param outcomes of all requests that should have been answered
 * @param stalled answers that took 0.9 s or more
 * @param told what the reports call lost or unanswered
 * @param atRisk what the reports call at risk, or closed because nothing came
 * @param longestStop from the signal to the end of a process
 * @param violations what must not be; empty if the cell passes
 * @param reports of all drains, and the first answers that are none
 */
record CellResult(
        Cell cell,
        int restarts,
        Outcomes outcomes,
        int stalled,
        int told,
        int atRisk,
        Duration longestStop,
        List<String> violations,
        List<String> reports) {
    private static final List<String> HEAD = List.of(
            "axis",
            "fault",
            "restarts",
            "requests",
            "lost",
            "told",
            "at risk",
            "stalled",
            "longest stop ms",
            "verdict");
    private static final String LINE = "%-9s  %-58s  %8s  %8s  %5s  %5s  %7s  %7s  %15s  %s";

    boolean passes() {
        return violations.isEmpty();
    }

    static String head() {
        return LINE.formatted(HEAD.toArray());
    }

    String line() {
        return LINE.formatted(columns().toArray());
    }

    static String markdownHead() {
        return "| " + String.join(" | ", HEAD) + " |\n|---|---|--:|--:|--:|--:|--:|--:|--:|---|";
    }

    String markdown() {
        return "| " + String.join(" | ", columns()) + " |";
    }

    private List<String> columns() {
        return Stream.of(
                        cell.axis(),
                        cell.name(),
                        restarts,
                        outcomes.total(),
                        outcomes.lost(),
                        told,
                        atRisk,
                        stalled,
                        longestStop.toMillis(),
                        passes() ? "passes" : "FAILS")
                .map(String::valueOf)
                .toList();
    }
}
