package io.sluice.it.kernels;

import io.sluice.examples.rolling.BurstClient;
import io.sluice.examples.rolling.ClosedLoop;
import io.sluice.examples.rolling.Outcomes;
import io.sluice.examples.rolling.WorkerProcess;
import io.sluice.it.net.Report;
import io.sluice.it.net.User;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * The life of a few workers: two are replaced under load, then one of two is stopped while handshakes are half-open, and
 * then the last one, with clients in its queue.
 */
final class TrialRun implements AutoCloseable {
    private static final int PORT = 8080;
    private static final int WORKERS = 2;
    private static final int LOADING_CLIENTS = 4;
    private static final Path SHARED_CLASSES = Path.of("/tmp/worker.jsa");
    private static final List<String> QUICK_START = List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx128m");

    /** So long that clients wait, rather than use up the CPU. */
    private static final String REQUEST_MILLIS = "100";

    private static final Duration READY_LIMIT = Duration.ofSeconds(90);
    private static final Duration EXIT_LIMIT = Duration.ofSeconds(30);
    private static final Duration REQUEST_LIMIT = Duration.ofSeconds(20);
    private static final Duration BETWEEN_RESTARTS = Duration.ofSeconds(1);
    private static final Duration FREEZE = Duration.ofMillis(100);
    private static final Duration OUTAGE = Duration.ofMillis(600);

    private final List<String> launcher;
    private final Path jar;
    private final String strategy;
    private final int restarts;
    private final int clients;
    private final InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), PORT);
    private final Deque<WorkerProcess> running = new ArrayDeque<>();
    private final List<String> notes = new ArrayList<>();
    private String used;
    private int stragglers;

    TrialRun(List<String> launcher, Path jar, String strategy, int restarts, int clients) {
        this.launcher = launcher;
        this.jar = jar;
        this.strategy = strategy;
        this.restarts = restarts;
        this.clients = clients;
    }

    /** Makes the archive of a worker's classes, which halves the time that each later one takes to start. */
    static void shareClasses(Path jar) throws IOException, InterruptedException {
        List<String> jvm = new ArrayList<>(QUICK_START);
        jvm.add("-XX:ArchiveClassesAtExit=" + SHARED_CLASSES);
        try (WorkerProcess worker = WorkerProcess.start(jar, jvm, List.of("--port", Integer.toString(PORT)))) {
            worker.awaitReady(READY_LIMIT);
            BurstClient.fire(new InetSocketAddress(InetAddress.getLoopbackAddress(), PORT), 1, REQUEST_LIMIT);
            worker.terminate();
            worker.awaitExit(EXIT_LIMIT);
        }
    }

    Trial run(User user, String gate) throws IOException, InterruptedException {
        startReady(WORKERS);
        Trial.Counts load = restartUnderLoad();
        Trial.Counts halfOpen = stopBesideAnother();
        Trial.Counts frozen = stopTheLast();
        return new Trial(
                strategy,
                user.toString(),
                used,
                used.equals("two-pass") ? "-" : gate,
                restarts,
                load,
                halfOpen,
                stragglers,
                frozen,
                "");
    }

    /** What the workers have reported. */
    List<String> notes() {
        return notes;
    }

    private void startReady(int count) throws IOException, InterruptedException {
        List<String> jvm = new ArrayList<>(QUICK_START);
        jvm.add("-XX:SharedArchiveFile=" + SHARED_CLASSES);
        List<WorkerProcess> started = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            WorkerProcess worker = WorkerProcess.start(
                    launcher,
                    jar,
                    jvm,
                    List.of("--port", Integer.toString(PORT), "--strategy", strategy, "--delay-ms", REQUEST_MILLIS));
            running.addLast(worker);
            started.add(worker);
        }
        for (WorkerProcess worker : started) {
            worker.awaitReady(READY_LIMIT);
        }
    }

    private Trial.Counts restartUnderLoad() throws IOException, InterruptedException {
        try (ClosedLoop load = ClosedLoop.start(address, LOADING_CLIENTS, REQUEST_LIMIT)) {
            for (int i = 0; i < restarts; i++) {
                startReady(1);
                pause(BETWEEN_RESTARTS);
                WorkerProcess oldest = running.getFirst();
                oldest.signal("STOP"); // So that clients are in its queue.
                pause(FREEZE);
                oldest.terminate();
                oldest.signal("CONT");
                used = awaitReport(oldest).strategy();
            }
            pause(BETWEEN_RESTARTS);
            ClosedLoop.Result result = load.stop();
            return Trial.Counts.of(result.outcomes(), result.stalled());
        }
    }

    private Trial.Counts stopBesideAnother() throws IOException, InterruptedException {
        try (DeafClients halfOpen = DeafClients.connect(PORT, clients)) {
            WorkerProcess oldest = running.getFirst();
            oldest.terminate();
            pause(OUTAGE);
            halfOpen.hear();
            Outcomes outcomes = halfOpen.outcomes(REQUEST_LIMIT);
            stragglers = awaitReport(oldest).stragglers();
            return Trial.Counts.of(outcomes, 0);
        }
    }

    private Trial.Counts stopTheLast() throws IOException, InterruptedException {
        WorkerProcess last = running.getFirst();
        last.signal("STOP");
        BurstClient queued = BurstClient.start(address, clients, REQUEST_LIMIT);
        if (!queued.awaitSent(REQUEST_LIMIT)) {
            throw new IOException("the kernel did not take all connections");
        }
        last.terminate();
        last.signal("CONT");
        Outcomes outcomes = queued.outcomes();
        awaitReport(last);
        return Trial.Counts.of(outcomes, 0);
    }

    private static void pause(Duration time) throws InterruptedException {
        TimeUnit.NANOSECONDS.sleep(time.toNanos());
    }

    private Report awaitReport(WorkerProcess worker) throws InterruptedException {
        worker.awaitExit(EXIT_LIMIT);
        running.remove(worker);
        Report report = Report.of(worker);
        notes.add(report.json());
        return report;
    }

    @Override
    public void close() {
        running.forEach(WorkerProcess::close);
    }
}
