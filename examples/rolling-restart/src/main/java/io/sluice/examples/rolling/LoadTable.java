package io.sluice.examples.rolling;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The results of a load as a table: two rows for each strategy, without restarts and with them. */
final class LoadTable {
    private final List<StrategyResult> results;

    LoadTable(List<StrategyResult> results) {
        this.results = List.copyOf(results);
    }

    /** A head and the rows, as cells. */
    List<List<String>> rows() {
        List<List<String>> rows = new ArrayList<>();
        rows.add(head());
        for (StrategyResult result : results) {
            rows.add(row(result.strategy(), 0, result.calmTook(), result.calm()));
            rows.add(row(result.strategy(), result.restarts().size(), result.restartingTook(), result.restarting()));
        }
        return rows;
    }

    /** The same as aligned text. */
    String render() {
        return TextTable.render(rows());
    }

    private static List<String> head() {
        List<String> head = new ArrayList<>(List.of("strategy", "restarts", "seconds", "requests"));
        for (Outcome outcome : Outcome.values()) {
            head.add(outcome.toString());
        }
        head.addAll(List.of("lost", "overdue", "p50 ms", "p99 ms", "p99.9 ms", "max ms"));
        return head;
    }

    private static List<String> row(Strategy strategy, int restarts, Duration took, PhaseResult phase) {
        Outcomes outcomes = phase.outcomes();
        List<String> row = new ArrayList<>(List.of(
                strategy.toString(),
                Integer.toString(restarts),
                decimal(took.toMillis() / 1000.0),
                Integer.toString(outcomes.total())));
        for (Outcome outcome : Outcome.values()) {
            row.add(Integer.toString(outcomes.count(outcome)));
        }
        row.add(Integer.toString(outcomes.lost()));
        row.add(Integer.toString(phase.overdue()));
        Latencies latencies = phase.latencies();
        row.add(decimal(latencies.p50Millis()));
        row.add(decimal(latencies.p99Millis()));
        row.add(decimal(latencies.p999Millis()));
        row.add(decimal(latencies.maxMillis()));
        return row;
    }

    private static String decimal(double value) {
        return String.format(Locale.ROOT, "%.1f", value);
    }
}
