package io.sluice.examples.rolling;

import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;

/**
 * What the workers of each strategy go through.
 *
 * @param workers worker processes that share the port
 * @param threads request threads of a worker
 * @param delayMillis how long a request takes
 * @param rate requests per second
 * @param outstanding requests that may be under way at once
 * @param restarts how many
 * @param everyMillis from the start of one restart to that of the next
 * @param warmUpMillis how long the load runs before anything is measured
 * @param protocol what is spoken
 * @param connections how long connections live
 * @param strategies what is compared, in this order
 */
record LoadScenario(
        int workers,
        int threads,
        int delayMillis,
        int rate,
        int outstanding,
        int restarts,
        int everyMillis,
        int warmUpMillis,
        Protocol protocol,
        Connections connections,
        List<Strategy> strategies) {
    LoadScenario {
        strategies = List.copyOf(strategies);
    }

    /** What a user has to say to get the same again. */
    List<String> options() {
        return List.of(
                "--workers=" + workers,
                "--threads=" + threads,
                "--delay-ms=" + delayMillis,
                "--rate=" + rate,
                "--outstanding=" + outstanding,
                "--restarts=" + restarts,
                "--every-ms=" + everyMillis,
                "--warm-up-ms=" + warmUpMillis,
                "--protocol=" + protocol,
                "--connections=" + connections,
                "--strategies=" + strategies.stream().map(Strategy::toString).collect(Collectors.joining(",")));
    }

    Duration warmUp() {
        return Duration.ofMillis(warmUpMillis);
    }

    /** How long the restarts are to take, and the load without restarts before them does. */
    Duration measured() {
        return Duration.ofMillis((long) restarts * everyMillis);
    }
}
