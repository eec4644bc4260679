package io.sluice.it.net;

import io.sluice.examples.rolling.WorkerProcess;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Starts worker processes inside a network namespace, on all addresses and always the same port. */
final class NamespaceWorkers {
    static final Duration LIMIT = Duration.ofSeconds(30);
    static final int PORT = 8080;

    private static final Path JAR = Path.of(System.getProperty("sluice.worker"));

    private NamespaceWorkers() {}

    /** A worker that is ready. */
    static WorkerProcess start(NetworkNamespace namespace, List<String> jvmArgs, List<String> options)
            throws Exception {
        List<String> args = new ArrayList<>(List.of("--port", Integer.toString(PORT)));
        args.addAll(options);
        List<String> quickStart = new ArrayList<>(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"));
        quickStart.addAll(jvmArgs);
        WorkerProcess worker = namespace.call(() -> WorkerProcess.start(JAR, quickStart, args));
        try {
            worker.awaitReady(LIMIT);
            return worker;
        } catch (RuntimeException | InterruptedException x) {
            worker.close();
            throw x;
        }
    }
}
