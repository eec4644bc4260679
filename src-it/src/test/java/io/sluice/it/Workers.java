package io.sluice.it;

import io.sluice.examples.rolling.WorkerProcess;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

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

    static InetSocketAddress address(WorkerProcess worker) {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), worker.port());
    }
}
