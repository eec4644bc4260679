package io.sluice.it.net;

import io.sluice.examples.rolling.WorkerProcess;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Starts worker processes inside a network namespace, on all addresses and always the same port. */
final class NamespaceWorkers {
    static final Duration LIMIT = Duration.ofSeconds(30);
    static final int PORT = 8080;

    private static final List<String> QUICK_START = List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC");
    private static final Path JAR = Path.of(System.getProperty("sluice.worker"));

    private NamespaceWorkers() {}

    /** What starts a worker as this user. */
    static List<String> launcher(User user) throws IOException, InterruptedException {
        return user.launcher(JAR);
    }

    /**
     * A worker that is ready.
     *
     * @param launcher a program that becomes the worker, as {@link User} has one
     */
    static WorkerProcess start(NetworkNamespace namespace, List<String> launcher, List<String> options)
            throws Exception {
        List<String> args = new ArrayList<>(List.of("--port", Integer.toString(PORT)));
        args.addAll(options);
        WorkerProcess worker = namespace.call(() -> WorkerProcess.start(launcher, JAR, QUICK_START, args));
        try {
            worker.awaitReady(LIMIT);
            return worker;
        } catch (RuntimeException | InterruptedException x) {
            worker.close();
            throw x;
        }
    }
}
