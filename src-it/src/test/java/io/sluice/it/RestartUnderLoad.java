package io.sluice.it;

import io.sluice.examples.rolling.ClosedLoop;
import io.sluice.examples.rolling.WorkerProcess;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Consumer;
import org.awaitility.Awaitility;

/** Two processes on one port, replaced one after another as the README tells, while clients come and go. */
final class RestartUnderLoad {
    private static final int CLIENTS = 8;
    private static final int REQUESTS_BETWEEN = 200;

    private RestartUnderLoad() {}

    /** Starts a process on the port that all share; returns when it serves. */
    interface Start {
        WorkerProcess start() throws Exception;
    }

    /**
     * Restarts.
     *
     * @param ended gets what each process has printed that was replaced
     */
    static ClosedLoop.Result restart(int times, InetSocketAddress address, Start start, Consumer<String> ended)
            throws Exception {
        Deque<WorkerProcess> running = new ArrayDeque<>();
        try {
            running.add(start.start());
            running.add(start.start());
            try (ClosedLoop load = ClosedLoop.start(address, CLIENTS, Workers.LIMIT)) {
                for (int i = 0; i < times; i++) {
                    long until = load.requests() + REQUESTS_BETWEEN;
                    Awaitility.await().atMost(Workers.LIMIT).until(() -> load.requests() >= until);
                    running.add(start.start());
                    try (WorkerProcess oldest = running.remove()) {
                        oldest.terminate();
                        oldest.awaitExit(Workers.LIMIT);
                        ended.accept(Workers.output(oldest));
                    }
                }
                return load.stop();
            }
        } finally {
            running.forEach(WorkerProcess::close);
        }
    }
}
