package io.sluice.it.bench;

import io.sluice.examples.rolling.WorkerProcess;
import java.io.IOException;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** What one {@link DrainWorker} measured, in its order. */
record Endings(List<Ending> all) {
    Endings {
        all = List.copyOf(all);
    }

    /** Runs a JVM that measures these sides in turn. */
    static Endings of(Setting setting, List<Side> sides, int queue, int members, int times)
            throws IOException, InterruptedException {
        List<String> args = List.of(
                "--sides",
                sides.stream().map(Side::option).collect(Collectors.joining(",")),
                "--queue",
                Integer.toString(queue),
                "--members",
                Integer.toString(members),
                "--times",
                Integer.toString(times));
        try (WorkerProcess process = setting.start(DrainWorker.class, args)) {
            int exitCode = process.awaitExit(Setting.PROCESS_LIMIT);
            if (exitCode != 0) {
                throw new IOException(
                        "a drain worker ended with %d:%n%s".formatted(exitCode, String.join("\n", process.output())));
            }
            return new Endings(process.output().stream()
                    .filter(Ending::isLine)
                    .map(Ending::parse)
                    .toList());
        }
    }

    Ending first() {
        return all.get(0);
    }

    /** One side's, paired with the other's that was measured beside it. */
    List<Pair<Ending>> pairs(Side measured, Side base) {
        List<Ending> left = of(measured);
        List<Ending> right = of(base);
        return IntStream.range(0, left.size())
                .mapToObj(i -> new Pair<>(left.get(i), right.get(i)))
                .toList();
    }

    private List<Ending> of(Side side) {
        return all.stream().filter(ending -> ending.side() == side).toList();
    }
}
