package io.sluice.it.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** All that was measured. */
final class Results {
    private final List<Comparison> comparisons = new ArrayList<>();

    void add(Comparison comparison) {
        comparisons.add(comparison);
    }

    /** What the values were measured on. */
    static String machine() {
        return "%d processors, %s %s, Java %s"
                .formatted(
                        Runtime.getRuntime().availableProcessors(),
                        System.getProperty("os.name"),
                        System.getProperty("os.version"),
                        System.getProperty("java.vm.version"));
    }

    String toMarkdown() {
        Map<String, List<Comparison>> figures = comparisons.stream()
                .collect(Collectors.groupingBy(Comparison::figure, LinkedHashMap::new, Collectors.toList()));
        return figures.entrySet().stream()
                .map(figure -> Stream.concat(
                                Stream.of("## " + figure.getKey(), "", Comparison.markdownHead()),
                                figure.getValue().stream().map(Comparison::markdown))
                        .collect(Collectors.joining("\n")))
                .collect(Collectors.joining("\n\n", machine() + "\n\n" + Comparison.LEGEND + "\n\n", "\n"));
    }

    String toJson() {
        return comparisons.stream()
                .map(Comparison::toJson)
                .collect(Collectors.joining(
                        ",\n", "{\"machine\":\"%s\",\"comparisons\":[\n".formatted(machine()), "\n]}\n"));
    }
}
