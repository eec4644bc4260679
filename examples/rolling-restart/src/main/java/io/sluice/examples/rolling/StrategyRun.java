package io.sluice.examples.rolling;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * One strategy's turn: workers that are restarted one after another under an open loop of requests. Before that, the
 * same load runs for as long without restarts, at workers that are warm.
 */
final class StrategyRun {
    private static final Duration REQUEST_LIMIT = Duration.ofSeconds(10);

    private final LoadScenario scenario;
    private final Strategy strategy;
    private final LoadWorkers workers;
    private final View view;
    private final List<Restart> restarts = new ArrayList<>();

    StrategyRun(LoadScenario scenario, Strategy strategy, LoadWorkers workers, View view) {
        this.scenario = scenario;
        this.strategy = strategy;
        this.workers = workers;
        this.view = view;
    }

    StrategyResult play() throws IOException, InterruptedException {
        try (RollingWorkers rolling = new RollingWorkers(() -> workers.start(strategy), strategy.isSluice())) {
            rolling.start(scenario.workers());
            Timeline timeline = new Timeline(System.nanoTime(), scenario.warmUp(), scenario.measured());
            Recording recording = new Recording(timeline);
            try (OpenLoop load = startLoad(timeline, recording)) {
                view.begins(() -> snapshot(timeline, recording, rolling));
                sleepUntil(timeline.restartsNanos());
                view.calmEnds(snapshot(recording, Phase.CALM, rolling));
                restart(rolling, timeline, recording);
                Duration took = Duration.ofNanos(System.nanoTime() - timeline.restartsNanos());
                load.stop();
                StrategyResult result = result(recording, took);
                view.ends(result);
                return result;
            }
        }
    }

    private OpenLoop startLoad(Timeline timeline, Recording recording) {
        Duration longest = scenario.warmUp()
                .plus(scenario.measured().multipliedBy(2))
                .plus(RollingWorkers.RESTART_LIMIT.multipliedBy(scenario.restarts()));
        return OpenLoop.start(
                new Schedule(timeline.startNanos(), scenario.rate()),
                longest,
                scenario.outstanding(),
                REQUEST_LIMIT,
                client(),
                recording);
    }

    private Client client() {
        Transport transport = scenario.protocol().transport;
        if (scenario.protocol().isHttp2()) {
            return new Http2Client(transport, workers.address());
        }
        return switch (scenario.connections()) {
            case SHORT -> limit -> RawHttpClient.get(transport, workers.address(), limit, () -> {});
            case KEEP_ALIVE -> new KeepAliveClient(transport, workers.address());
        };
    }

    private void restart(RollingWorkers rolling, Timeline timeline, Recording recording)
            throws IOException, InterruptedException {
        long every = TimeUnit.MILLISECONDS.toNanos(scenario.everyMillis());
        for (int number = 1; number <= scenario.restarts(); number++) {
            Restart restart = rolling.restartOldest(number, timeline);
            synchronized (restarts) {
                restarts.add(restart);
            }
            view.restarted(restart, snapshot(recording, Phase.RESTARTS, rolling));
            sleepUntil(timeline.restartsNanos() + number * every);
        }
    }

    private static void sleepUntil(long nanos) throws InterruptedException {
        TimeUnit.NANOSECONDS.sleep(nanos - System.nanoTime());
    }

    private Snapshot snapshot(Timeline timeline, Recording recording, RollingWorkers rolling) {
        return snapshot(recording, timeline.phaseAt(System.nanoTime()), rolling);
    }

    private Snapshot snapshot(Recording recording, Phase phase, RollingWorkers rolling) {
        int done;
        synchronized (restarts) {
            done = restarts.size();
        }
        return new Snapshot(
                strategy,
                phase,
                done,
                scenario.restarts(),
                recording.finished(),
                recording.outcomes(phase),
                rolling.states());
    }

    private StrategyResult result(Recording recording, Duration restartingTook) {
        return new StrategyResult(
                strategy,
                recording.result(Phase.CALM),
                recording.result(Phase.RESTARTS),
                scenario.measured(),
                restartingTook,
                restarts,
                recording.outcomesOverTime());
    }
}
