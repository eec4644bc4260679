package io.sluice.examples.rolling;

import java.util.List;
import java.util.stream.Collectors;

/** The results as JSON. All its strings are our own words, so nothing has to be escaped. */
final class Figures {
    private final Scenario scenario;
    private final Verdict verdict;

    Figures(Scenario scenario, Verdict verdict) {
        this.scenario = scenario;
        this.verdict = verdict;
    }

    String toJson() {
        String results = List.of(verdict.stock(), verdict.sluice()).stream()
                .map(Figures::result)
                .collect(Collectors.joining(",\n    "));
        return """
                {
                  "scenario": %s,
                  "results": [
                    %s
                  ],
                  "nothingLost": %b,
                  "verdict": "%s"
                }
                """.formatted(scenario(), results, verdict.nothingLost(), verdict.sentence());
    }

    private String scenario() {
        String format = "{\"bursts\": %d, \"clients\": %d, \"workers\": %d,"
                + " \"threads\": %d, \"delayMillis\": %d, \"maxRequests\": %d}";
        return format.formatted(
                scenario.bursts(),
                scenario.clients(),
                scenario.workers(),
                scenario.threads(),
                scenario.delayMillis(),
                scenario.maxRequests());
    }

    private static String result(Result result) {
        Outcomes outcomes = result.outcomes();
        StringBuilder json = new StringBuilder("{\"connector\": \"%s\", \"bursts\": %d, \"requests\": %d"
                .formatted(result.contender(), result.bursts(), outcomes.total()));
        for (Outcome outcome : Outcome.values()) {
            json.append(", \"%s\": %d".formatted(outcome, outcomes.count(outcome)));
        }
        return json.append(", \"lost\": %d}".formatted(outcomes.lost())).toString();
    }
}
