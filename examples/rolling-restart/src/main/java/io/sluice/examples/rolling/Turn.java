package io.sluice.examples.rolling;

import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * One contender's turn at the scenario: burst after burst, each at fresh workers, which stop in the middle of it
 * because they reach their maximum of requests.
 *
 * <p>The workers are READY before the clients start, and their successors before the next burst, so no client meets a
 * port on which nobody listens. What is lost is lost by workers that stop.
 */
final class Turn {
    private static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(10);

    private final Scenario scenario;
    private final Contender contender;
    private final Path workerJar;
    private final InetSocketAddress address;
    private final PrintWriter progress;

    Turn(Scenario scenario, Contender contender, Path workerJar, InetSocketAddress address, PrintWriter progress) {
        this.scenario = scenario;
        this.contender = contender;
        this.workerJar = workerJar;
        this.address = address;
        this.progress = progress;
    }

    Result play() throws InterruptedException {
        Outcomes sum = Outcomes.none();
        try (Supervisor supervisor = new Supervisor(scenario.workers(), this::startWorker)) {
            supervisor.start();
            for (int burst = 1; burst <= scenario.bursts(); burst++) {
                List<WorkerProcess> workers = supervisor.awaitAllReady();
                Outcomes outcomes = BurstClient.fire(address, scenario.clients(), REQUEST_TIMEOUT);
                // Fails if the run was stopped or a worker crashed; then the outcomes are not the connector's.
                supervisor.awaitEnd(workers);
                progress.println(line(burst, outcomes));
                sum = sum.plus(outcomes);
            }
        }
        return new Result(contender, scenario.bursts(), sum);
    }

    private WorkerProcess startWorker() throws IOException {
        return WorkerProcess.start(
                workerJar,
                List.of(
                        "--host=" + address.getAddress().getHostAddress(),
                        "--port=" + address.getPort(),
                        "--connector=" + contender.connector,
                        "--threads=" + scenario.threads(),
                        "--delay-ms=" + scenario.delayMillis(),
                        "--max-requests=" + scenario.maxRequests()));
    }

    /** For example {@code stock   burst  3/10  ok 12  reset 0  503 18}: the usual outcomes always, others if any. */
    private String line(int burst, Outcomes outcomes) {
        StringBuilder line = new StringBuilder("%-6s  burst %2d/%d".formatted(contender, burst, scenario.bursts()));
        for (Outcome outcome : Outcome.values()) {
            boolean usual = outcome == Outcome.OK || outcome == Outcome.RESET || outcome == Outcome.UNAVAILABLE;
            if (usual || outcomes.count(outcome) > 0) {
                line.append("  ").append(outcome).append(' ').append(outcomes.count(outcome));
            }
        }
        return line.toString();
    }
}
