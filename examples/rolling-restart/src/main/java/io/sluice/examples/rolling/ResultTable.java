package io.sluice.examples.rolling;

import java.util.ArrayList;
import java.util.List;

/** The results as aligned text, and the verdict. */
final class ResultTable {
    private final List<Result> results;

    /** A table with one row per result. */
    ResultTable(List<Result> results) {
        this.results = List.copyOf(results);
    }

    /** A head and a row per result, each ended by a line feed. The first column is aligned left, numbers right. */
    String render() {
        List<List<String>> rows = new ArrayList<>();
        rows.add(head());
        results.forEach(result -> rows.add(row(result)));
        return TextTable.render(rows);
    }

    private static List<String> head() {
        List<String> head = new ArrayList<>(List.of("connector", "bursts", "requests"));
        for (Outcome outcome : Outcome.values()) {
            head.add(outcome.toString());
        }
        head.add("lost");
        return head;
    }

    private static List<String> row(Result result) {
        Outcomes outcomes = result.outcomes();
        List<String> row = new ArrayList<>();
        row.add(result.contender().toString());
        row.add(Integer.toString(result.bursts()));
        row.add(Integer.toString(outcomes.total()));
        for (Outcome outcome : Outcome.values()) {
            row.add(Integer.toString(outcomes.count(outcome)));
        }
        row.add(Integer.toString(outcomes.lost()));
        return row;
    }
}
