package io.sluice.it.bench;

import io.sluice.examples.rolling.WorkerProcess;
import io.sluice.it.net.EstablishedConnections;
import io.sluice.it.net.NetworkNamespace;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;

/** The first drain of a JVM on a host that has many established connections, which are none of its business. */
final class EstablishedFigure implements Figure {
    static final String NAME = "established";
    private static final List<Integer> QUEUES = List.of(0, 1000);
    private static final int MEMBERS = 2;
    private static final int MOST_OF_ONE_PROCESS = 8_000; // 20,000 descriptors are usual, and each takes two.
    private static final int MOST_PAIRS = 3; // It takes long to make so many.

    private final List<Integer> numbers;

    EstablishedFigure(List<Integer> numbers) {
        this.numbers = List.copyOf(numbers);
    }

    @Override
    public void measure(Setting setting, Consumer<Comparison> found) throws Exception {
        for (int number : numbers) {
            List<Pair<List<Ending>>> pairs = Pair.inTurn(
                    Math.min(MOST_PAIRS, setting.pairs()), () -> among(setting, number), () -> among(setting, 0));
            for (int i = 0; i < QUEUES.size(); i++) {
                int index = i;
                found.accept(new Comparison(
                                NAME,
                                String.format(Locale.ROOT, "stop to close, %,d queued, established", QUEUES.get(i)),
                                Unit.MILLIS,
                                String.format(Locale.ROOT, "%,d", number),
                                "none",
                                Comparison.Kind.DIFFERENCE,
                                Pair.of(pairs, endings -> endings.get(index).millis()),
                                null)
                        .aimingAt(Aim.differenceAtMost(50)));
            }
        }
    }

    /** One drain for each length of the queue, in a network that is deleted with all that is left of its connections. */
    private static List<Ending> among(Setting setting, int number) throws Exception {
        List<WorkerProcess> holders = new ArrayList<>();
        try (NetworkNamespace network = NetworkNamespace.create()) {
            try {
                for (int left = number; left > 0; left -= MOST_OF_ONE_PROCESS) {
                    String count = Integer.toString(Math.min(left, MOST_OF_ONE_PROCESS));
                    holders.add(network.call(() -> setting.start(EstablishedConnections.class, List.of(count))));
                }
                for (WorkerProcess holder : holders) {
                    holder.awaitReady(Setting.PROCESS_LIMIT);
                }
                List<Ending> endings = new ArrayList<>();
                for (int queue : QUEUES) {
                    endings.add(network.call(() -> Endings.of(setting, List.of(Side.SLUICE), queue, MEMBERS, 1)
                            .first()));
                }
                return endings;
            } finally {
                holders.forEach(WorkerProcess::close);
            }
        }
    }
}
