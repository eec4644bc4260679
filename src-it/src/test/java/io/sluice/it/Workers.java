package io.sluice.it;

import io.sluice.examples.rolling.WorkerProcess;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;

/** Starts worker processes from the jar that the build has just made. */
final class Workers {
    static final Duration LIMIT = Duration.ofSeconds(30);

    private static final Path JAR = Path.of(System.getProperty("sluice.worker"));

    private Workers() {}

    /** A worker that is ready, on a free port of loopback. */
    static WorkerProcess start(String connector, String... options) throws IOException, InterruptedException {
        return startAt(List.of(), 0, connector, options);
    }

    /**
     * A worker that is ready, on this port of loopback.
     *
     * @param launcher a program that becomes the worker, or nothing
     */
    static WorkerProcess startAt(List<String> launcher, int port, String connector, String... options)
            throws IOException, InterruptedException {
        List<String> args = new ArrayList<>(
                List.of("--host", "127.0.0.1", "--port", Integer.toString(port), "--connector", connector));
        args.addAll(List.of(options));
        WorkerProcess worker = WorkerProcess.start(launcher, JAR, List.of(), args);
        try {
            worker.awaitReady(LIMIT);
        } catch (RuntimeException | InterruptedException x) {
            worker.close();
            throw x;
        }
        return worker;
    }

    /** Runs the worker with options that it should refuse, to its end. */
    static WorkerProcess run(String... options) throws IOException {
        return WorkerProcess.start(JAR, List.of(options));
    }

    /** Waits until a process that is no worker has printed this. */
    static void awaitOutput(WorkerProcess process, String text) {
        Awaitility.await().atMost(LIMIT).until(() -> output(process).contains(text) || !isAlive(process));
        if (!output(process).contains(text)) {
            throw new IllegalStateException("ended without '%s': %s".formatted(text, output(process)));
        }
    }

    private static boolean isAlive(WorkerProcess process) {
        return ProcessHandle.of(process.pid()).isPresent();
    }

    /** What it has printed so far. */
    static String output(WorkerProcess process) {
        return String.join("\n", process.output());
    }

    static InetSocketAddress address(WorkerProcess worker) {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), worker.port());
    }
}
