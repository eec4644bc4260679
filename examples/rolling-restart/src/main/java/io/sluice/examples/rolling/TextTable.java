package io.sluice.examples.rolling;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** Rows of cells as aligned text. */
final class TextTable {
    private TextTable() {}

    /** All rows, each ended by a line feed. The first column is aligned left, the others, which are numbers, right. */
    static String render(List<List<String>> rows) {
        List<Integer> widths = new ArrayList<>();
        for (int column = 0; column < rows.get(0).size(); column++) {
            int index = column;
            widths.add(
                    rows.stream().mapToInt(row -> row.get(index).length()).max().orElseThrow());
        }
        return rows.stream().map(row -> aligned(row, widths)).collect(Collectors.joining("\n", "", "\n"));
    }

    private static String aligned(List<String> row, List<Integer> widths) {
        StringBuilder line = new StringBuilder();
        for (int column = 0; column < row.size(); column++) {
            String format = column == 0 ? "%-" + widths.get(column) + "s" : "  %" + widths.get(column) + "s";
            line.append(format.formatted(row.get(column)));
        }
        return line.toString();
    }
}
