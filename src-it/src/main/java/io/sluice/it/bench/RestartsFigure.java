package io.sluice.it.bench;

import io.sluice.examples.rolling.ReservedPort;
import io.sluice.examples.rolling.WorkerProcess;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;

/** What clients notice of rolling restarts, beside what a JVM that starts on the same processors does to them anyway. */
final class RestartsFigure implements Figure {
    static final String NAME = "restarts";
    private static final int WORKERS = 2;
    private static final int WARM_UP = 3000;
    private static final int REQUESTS_PER_SECOND = 300;
    private static final int CLIENTS = 64;
    private static final int ROUNDS_LONG = 4; // A percentile of few requests says little.
    private static final Duration PAUSE = Duration.ofMillis(500);

    @Override
    public void measure(Setting setting, Consumer<Comparison> found) throws Exception {
        try (Group group = new Group(setting)) {
            List<Pair<Load.Result>> pairs = Pair.inTurn(
                    setting.pairs(),
                    () -> group.underLoad(group::replaceOldest),
                    () -> group.underLoad(group::startElsewhere));
            found.accept(of("latency p50", pairs, load -> load.micros(50)));
            found.accept(of("latency p99", pairs, load -> load.micros(99)));
            found.accept(of("latency p99.9", pairs, load -> load.micros(99.9)).aimingAt(Aim.ratioAtMost(1.5)));
            found.accept(of("latency max", pairs, load -> load.micros(100)));
        }
    }

    private static Comparison of(String quantity, List<Pair<Load.Result>> pairs, Function<Load.Result, Double> micros) {
        return new Comparison(
                NAME,
                quantity,
                Unit.MILLIS,
                "restarts",
                "none",
                Comparison.Kind.RATIO,
                Pair.of(pairs, load -> micros.apply(load) / 1e3),
                null);
    }

    /** What is done again and again while clients are served. */
    private interface Work {
        void once() throws IOException, InterruptedException;
    }

    /** Workers that share a port. */
    private static final class Group implements AutoCloseable {
        private final Setting setting;
        private final ReservedPort port = ReservedPort.any();
        private final Deque<WorkerProcess> running = new ArrayDeque<>();

        private Group(Setting setting) throws IOException, InterruptedException {
            this.setting = setting;
            try {
                for (int i = 0; i < WORKERS; i++) {
                    running.addLast(warmWorker(port.address().getPort()));
                }
            } catch (IOException | InterruptedException | RuntimeException x) {
                close();
                throw x;
            }
        }

        /** One that is ready, and has served on a port of its own before. */
        private WorkerProcess warmWorker(int ofPort) throws IOException, InterruptedException {
            WorkerProcess worker = setting.start(
                    BenchWorker.class,
                    List.of("--port", Integer.toString(ofPort), "--warm-up", Integer.toString(WARM_UP)));
            try {
                worker.awaitReady(Setting.PROCESS_LIMIT);
                return worker;
            } catch (InterruptedException | RuntimeException x) {
                worker.close();
                throw x;
            }
        }

        Load.Result underLoad(Work work) throws IOException, InterruptedException {
            InetSocketAddress address = port.address();
            Duration time = setting.round().multipliedBy(ROUNDS_LONG);
            long end = System.nanoTime() + time.toNanos();
            Load load = Load.start(
                    CLIENTS,
                    Pace.perSecond(REQUESTS_PER_SECOND),
                    time.plus(Setting.PROCESS_LIMIT),
                    () -> new ShortConnection(address));
            do {
                work.once();
                TimeUnit.NANOSECONDS.sleep(PAUSE.toNanos());
            } while (System.nanoTime() < end);
            return load.stop();
        }

        void replaceOldest() throws IOException, InterruptedException {
            running.addLast(warmWorker(port.address().getPort()));
            stop(running.removeFirst());
        }

        /** The same work for the processors, but not on the clients' port. */
        void startElsewhere() throws IOException, InterruptedException {
            stop(warmWorker(0));
        }

        private static void stop(WorkerProcess worker) throws InterruptedException {
            try (worker) {
                worker.terminate();
                worker.awaitExit(Setting.PROCESS_LIMIT);
            }
        }

        @Override
        public void close() throws IOException {
            running.forEach(WorkerProcess::close);
            port.close();
        }
    }
}
