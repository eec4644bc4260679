package io.sluice.examples.rolling;

import java.time.Duration;
import java.util.Locale;
import java.util.stream.Collectors;

/** The results of a load as JSON. All its strings are our own words, so nothing has to be escaped. */
final class LoadFigures {
    private final LoadScenario scenario;
    private final LoadVerdict verdict;

    LoadFigures(LoadScenario scenario, LoadVerdict verdict) {
        this.scenario = scenario;
        this.verdict = verdict;
    }

    String toJson() {
        String results = verdict.results().stream().map(LoadFigures::result).collect(Collectors.joining(",\n    "));
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
        String format = "{\"workers\": %d, \"threads\": %d, \"delayMillis\": %d, \"rate\": %d, \"outstanding\": %d,"
                + " \"restarts\": %d, \"everyMillis\": %d, \"warmUpMillis\": %d, \"protocol\": \"%s\","
                + " \"connections\": \"%s\"}";
        return format.formatted(
                scenario.workers(),
                scenario.threads(),
                scenario.delayMillis(),
                scenario.rate(),
                scenario.outstanding(),
                scenario.restarts(),
                scenario.everyMillis(),
                scenario.warmUpMillis(),
                scenario.protocol(),
                scenario.connections());
    }

    private static String result(StrategyResult result) {
        String restarts =
                result.restarts().stream().map(LoadFigures::restart).collect(Collectors.joining(",\n        "));
        return """
                {"strategy": "%s",
                      "withoutRestarts": %s,
                      "withRestarts": %s,
                      "restarts": [
                        %s
                      ]}""".formatted(
                        result.strategy(),
                        phase(result.calm(), result.calmTook()),
                        phase(result.restarting(), result.restartingTook()),
                        restarts);
    }

    private static String phase(PhaseResult phase, Duration took) {
        Outcomes outcomes = phase.outcomes();
        StringBuilder json =
                new StringBuilder("{\"millis\": %d, \"requests\": %d".formatted(took.toMillis(), outcomes.total()));
        for (Outcome outcome : Outcome.values()) {
            json.append(", \"%s\": %d".formatted(outcome, outcomes.count(outcome)));
        }
        Latencies latencies = phase.latencies();
        return json.append(String.format(
                        Locale.ROOT,
                        ", \"lost\": %d, \"overdue\": %d,"
                                + " \"p50Millis\": %.3f, \"p99Millis\": %.3f,"
                                + " \"p999Millis\": %.3f, \"maxMillis\": %.3f}",
                        outcomes.lost(),
                        phase.overdue(),
                        latencies.p50Millis(),
                        latencies.p99Millis(),
                        latencies.p999Millis(),
                        latencies.maxMillis()))
                .toString();
    }

    private static String restart(Restart restart) {
        return ("{\"number\": %d, \"oldPid\": %d, \"newPid\": %d,"
                        + " \"startedMillis\": %d, \"readyMillis\": %d, \"endedMillis\": %d}")
                .formatted(
                        restart.number(),
                        restart.oldPid(),
                        restart.newPid(),
                        restart.started().toMillis(),
                        restart.ready().toMillis(),
                        restart.ended().toMillis());
    }
}
