package io.sluice.examples.rolling;

import java.util.List;
import java.util.stream.Collectors;

/**
 * What the results of a load mean.
 *
 * @param results one per strategy
 */
record LoadVerdict(List<StrategyResult> results) {
    LoadVerdict {
        results = List.copyOf(results);
    }

    /** Whether Sluice did what it promises. What the stock connector did makes no difference here. */
    boolean nothingLost() {
        return results.stream().filter(result -> result.strategy().isSluice()).allMatch(result -> result.lost() == 0);
    }

    /** One sentence for people; a second one if requests were lost where nothing restarted. */
    String sentence() {
        String restarting = results.stream()
                .map(result -> lost(result.strategy(), result.restarting()))
                .collect(Collectors.joining(", ", "Lost with restarts: ", "."));
        String calm = results.stream()
                .filter(result -> result.calm().outcomes().lost() > 0)
                .map(result -> lost(result.strategy(), result.calm()))
                .collect(Collectors.joining(", "));
        return calm.isEmpty() ? restarting : restarting + " Lost without restarts: " + calm + ".";
    }

    private static String lost(Strategy strategy, PhaseResult phase) {
        return "%s %d of %d"
                .formatted(strategy, phase.outcomes().lost(), phase.outcomes().total());
    }
}
