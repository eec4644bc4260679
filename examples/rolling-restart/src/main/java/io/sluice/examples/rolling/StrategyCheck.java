package io.sluice.examples.rolling;

import java.io.IOException;
import java.time.Duration;
import java.util.List;

/** Asks a worker, before any load, whether this machine can do a strategy. Only it knows. */
final class StrategyCheck {
    private static final Duration LIMIT = Duration.ofSeconds(30);

    /** The worker's exit code for options that it refuses. */
    private static final int REFUSED = 2;

    private final LoadWorkers workers;

    StrategyCheck(LoadWorkers workers) {
        this.workers = workers;
    }

    /**
     * Starts a worker with the strategy, and ends it when it is READY.
     *
     * @throws BadOption if the worker refuses it; with the sentence that the worker says
     * @throws WorkerException if the worker fails otherwise
     */
    void check(Strategy strategy) throws IOException, InterruptedException {
        try (WorkerProcess worker = workers.start(strategy)) {
            try {
                worker.awaitReady(LIMIT);
            } catch (WorkerException x) {
                if (worker.exitCode().orElse(0) == REFUSED) {
                    throw new BadOption(
                            "--strategies", strategy, "what works on this machine (" + lastLine(worker) + ")");
                }
                throw x;
            }
        }
    }

    /** What it says before it ends. */
    private static String lastLine(WorkerProcess worker) {
        List<String> output = worker.output();
        return output.isEmpty() ? "it does not say why" : output.get(output.size() - 1);
    }
}
