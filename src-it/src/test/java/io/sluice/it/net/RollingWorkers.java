package io.sluice.it.net;

import io.sluice.examples.rolling.WorkerProcess;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/** Two workers on one port, which are replaced one at a time. */
final class RollingWorkers implements AutoCloseable {
    private static final int WORKERS = 2;

    private final NetworkNamespace namespace;
    private final List<String> launcher;
    private final List<String> options;
    private final Deque<WorkerProcess> running = new ArrayDeque<>();
    private final List<Report> reports = new ArrayList<>();

    RollingWorkers(NetworkNamespace namespace, List<String> launcher, String strategy) throws Exception {
        this.namespace = namespace;
        this.launcher = launcher;
        this.options = List.of("--strategy", strategy);
        try {
            while (running.size() < WORKERS) {
                startOne();
            }
        } catch (Exception | Error x) {
            close();
            throw x;
        }
    }

    private void startOne() throws Exception {
        running.addLast(NamespaceWorkers.start(namespace, launcher, options));
    }

    /** Starts a worker and, when it is ready, stops the oldest one and waits for its end. */
    void restartOne() throws Exception {
        startOne();
        WorkerProcess oldest = running.getFirst();
        oldest.terminate();
        oldest.awaitExit(NamespaceWorkers.LIMIT);
        reports.add(Report.of(oldest));
        running.removeFirst();
    }

    /** One for each worker that was stopped. */
    List<Report> reports() {
        return List.copyOf(reports);
    }

    @Override
    public void close() {
        running.forEach(WorkerProcess::close);
    }
}
