package io.sluice.it.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

class ResultsTest {
    private static Comparison of(String figure, String quantity) {
        return new Comparison(
                figure,
                quantity,
                Unit.MILLIS,
                "new",
                "old",
                Comparison.Kind.RATIO,
                List.of(new Pair<>(1.0, 2.0)),
                null);
    }

    @Test
    void eachFigureHasATable() {
        Results results = new Results();
        results.add(of("speed", "a"));
        results.add(of("speed", "b"));
        results.add(of("weight", "c"));

        assertEquals(
                """
                %s

                %s

                ## speed

                %s
                | a | ms | new / old | 1.00 | 2.00 | 0.50 | 0.50 | 0.50 |  |
                | b | ms | new / old | 1.00 | 2.00 | 0.50 | 0.50 | 0.50 |  |

                ## weight

                %s
                | c | ms | new / old | 1.00 | 2.00 | 0.50 | 0.50 | 0.50 |  |
                """.formatted(
                        Results.machine(), Comparison.LEGEND, Comparison.markdownHead(), Comparison.markdownHead()),
                results.toMarkdown());
    }

    @Test
    void theJsonHasOneLineForEachComparison() {
        Results results = new Results();
        results.add(of("speed", "a"));
        results.add(of("speed", "b"));

        assertEquals(
                """
                {"machine":"%s","comparisons":[
                %s,
                %s
                ]}
                """.formatted(
                                Results.machine(),
                                of("speed", "a").toJson(),
                                of("speed", "b").toJson()),
                results.toJson());
    }
}
