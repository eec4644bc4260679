package io.sluice.it.chaos;

import io.sluice.examples.rolling.ClosedLoop;
import io.sluice.examples.rolling.Outcomes;
import io.sluice.examples.rolling.WorkerProcess;
import io.sluice.it.net.Report;
import io.sluice.it.net.User;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/** Workers that share a port are replaced while clients come and go, and the faults of one cell happen. */
final class CellRun implements AutoCloseable {
    private static final int CLIENTS = 24;
    private static final int REQUESTS_BETWEEN = 40;
    private static final int STARTED_AT_ONCE = 4;
    private static final int KILLED = 128 + 9;
    private static final Duration FREEZE = Duration.ofMillis(60);
    private static final Duration READY_LIMIT = Duration.ofSeconds(40);
    private static final Duration REQUEST_LIMIT = Duration.ofSeconds(20);

    private final Cell cell;
    private final boolean draining;
    private final Launch usual;
    private final Site site;
    private final Order order;
    private final Loss loss;
    private final int members;
    private final Duration stopLimit;
    private ClosedLoop load;
    private final List<String> reports = new ArrayList<>();
    private int restarts;
    private int kills;
    private int told;
    private int atRisk;
    private Duration longestStop = Duration.ZERO;

    private CellRun(Cell cell, String connector, String strategy, User user, long seed) throws Exception {
        this.cell = cell;
        this.draining = connector.equals("draining");
        this.usual = Launch.ofThis(connector, strategy, user);
        order = cell.faults().stream()
                .map(Fault::order)
                .max(Comparator.naturalOrder())
                .orElseThrow();
        loss = cell.faults().stream()
                .map(Fault::loss)
                .max(Comparator.naturalOrder())
                .orElseThrow();
        members = cell.faults().stream().mapToInt(Fault::members).max().orElseThrow();
        stopLimit = cell.faults().stream()
                .map(Fault::stopLimit)
                .max(Comparator.naturalOrder())
                .orElseThrow();
        Distance distance = cell.faults().stream()
                .map(Fault::distance)
                .filter(away -> !away.isNone())
                .findFirst()
                .orElse(Distance.NONE);
        site = new Site(distance, user, new Random(seed));
    }

    /**
     * Runs a cell to its end.
     *
     * @param connector of the workers: {@code draining}, or {@code stock}
     * @param strategy how workers drain, unless the cell is about that
     * @param user as whom all servers run
     * @param seed decides what faults leave to chance
     */
    static CellResult run(Cell cell, String connector, String strategy, User user, long seed) throws Exception {
        try (CellRun run = new CellRun(cell, connector, strategy, user, seed)) {
            return run.run();
        }
    }

    private CellResult run() {
        Outcomes outcomes = Outcomes.none();
        int stalled = 0;
        try {
            serve();
            restart();
            new Aftermath(site).check();
            ClosedLoop.Result result = load.stop();
            outcomes = result.outcomes().plus(site.outcomes());
            stalled = result.stalled();
            result.odd().forEach(odd -> reports.add("an answer: " + odd.replace("\r\n", " | ")));
            loss.violation(outcomes, told, atRisk, kills * CLIENTS).ifPresent(site::violation);
        } catch (Exception x) {
            site.violation("it came to no end: " + x);
        }
        return new CellResult(
                cell,
                restarts,
                outcomes,
                stalled,
                told,
                atRisk,
                longestStop,
                List.copyOf(site.violations()),
                List.copyOf(reports));
    }

    private void serve() throws Exception {
        for (Fault fault : cell.faults()) {
            fault.prepare(site);
        }
        site.launchAs(this::launch);
        site.serving().addAll(startReady(members));
        load = site.asClient(() -> ClosedLoop.start(site.address(), CLIENTS, REQUEST_LIMIT));
        awaitRequests();
        for (Fault fault : cell.faults()) {
            fault.serving(site);
        }
    }

    private void restart() throws Exception {
        int most = cell.faults().stream().mapToInt(Fault::restarts).max().orElseThrow();
        while (restarts < most) {
            switch (order) {
                case NEW_FIRST -> {
                    List<WorkerProcess> successor = startReady(1);
                    stop(List.of(site.serving().remove()));
                    site.serving().addAll(successor);
                }
                case OLD_FIRST -> {
                    stop(List.of(site.serving().remove()));
                    site.serving().addAll(startReady(1));
                }
                case TWO_BY_TWO -> {
                    List<WorkerProcess> successors = startReady(2);
                    stop(List.of(site.serving().remove()));
                    stop(List.of(site.serving().remove()));
                    site.serving().addAll(successors);
                }
                case ALL_AT_ONCE -> {
                    List<WorkerProcess> successors = startReady(members);
                    stop(List.copyOf(site.serving()));
                    site.serving().clear();
                    site.serving().addAll(successors);
                }
            }
            awaitRequests();
        }
        for (Fault fault : cell.faults()) {
            fault.over(site);
        }
    }

    private Launch launch() throws Exception {
        Launch launch = usual;
        for (Fault fault : cell.faults()) {
            launch = fault.launch(site, launch);
        }
        return launch;
    }

    private List<WorkerProcess> startReady(int count) throws Exception {
        List<WorkerProcess> started = new ArrayList<>();
        while (started.size() < count) {
            // Not all of very many at once: each would take longer to start than it may.
            List<WorkerProcess> some = new ArrayList<>();
            for (int i = 0; i < STARTED_AT_ONCE && started.size() + i < count; i++) {
                some.add(site.startAnother());
            }
            for (WorkerProcess worker : some) {
                worker.awaitReady(READY_LIMIT);
            }
            started.addAll(some);
        }
        return started;
    }

    private void awaitRequests() throws InterruptedException {
        long enough = load.requests() + REQUESTS_BETWEEN;
        long end = System.nanoTime() + REQUEST_LIMIT.toNanos();
        while (load.requests() < enough) {
            if (System.nanoTime() > end) {
                site.violation("clients wait: %d requests in %d s"
                        .formatted(load.requests() + REQUESTS_BETWEEN - enough, REQUEST_LIMIT.toSeconds()));
                return;
            }
            TimeUnit.MILLISECONDS.sleep(5);
        }
    }

    private void stop(List<WorkerProcess> workers) throws Exception {
        for (WorkerProcess worker : workers) {
            for (Fault fault : cell.faults()) {
                fault.stopping(site, worker);
            }
        }
        // Frozen, so that clients are in its accept queue when it is stopped: all of them, soon.
        for (WorkerProcess worker : workers) {
            worker.signal("STOP");
        }
        TimeUnit.NANOSECONDS.sleep(FREEZE.toNanos());
        long start = System.nanoTime();
        for (WorkerProcess worker : workers) {
            boolean stopped = false;
            for (Fault fault : cell.faults()) {
                stopped |= fault.stop(site, worker);
            }
            if (!stopped) {
                worker.terminate();
            }
        }
        for (WorkerProcess worker : workers) {
            worker.signal("CONT");
        }
        for (WorkerProcess worker : workers) {
            for (Fault fault : cell.faults()) {
                fault.draining(site, worker);
            }
        }
        for (WorkerProcess worker : workers) {
            ended(worker, awaitExit(worker));
        }
        Duration took = Duration.ofNanos(System.nanoTime() - start);
        longestStop = took.compareTo(longestStop) > 0 ? took : longestStop;
        restarts += workers.size();
    }

    private int awaitExit(WorkerProcess worker) throws InterruptedException {
        try {
            return worker.awaitExit(stopLimit);
        } catch (RuntimeException x) {
            site.violation("a worker hangs: " + x.getMessage());
            worker.close();
            return KILLED;
        }
    }

    private void ended(WorkerProcess worker, int exitCode) {
        if (exitCode == KILLED) {
            kills++;
        } else if (draining && worker.drained().isEmpty()) {
            site.violation("no report of a worker that ended with %d: %s"
                    .formatted(exitCode, String.join("\n", worker.output())));
        }
        if (worker.drained().isPresent()) {
            Report report = Report.of(worker);
            reports.add(report.json());
            told += Math.max(0, report.lost()) + report.unanswered();
            atRisk += report.atRisk() + report.idleClosed();
        }
    }

    @Override
    public void close() {
        if (load != null) {
            load.close();
        }
        site.close();
    }
}
