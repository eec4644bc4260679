package io.sluice.it.clients;

import io.sluice.examples.rolling.ReservedPort;
import io.sluice.examples.rolling.WorkerProcess;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/** Workers that share a port and are replaced one at a time. */
final class WorkerGroup implements ServerGroup {
    private static final Duration LIMIT = Duration.ofSeconds(60);

    /** Of a Java process that SIGTERM has ended: it has run its shutdown hooks, and nothing else went wrong. */
    private static final int ENDED_BY_SIGTERM = 128 + 15;

    private final Path jar;
    private final List<String> options;
    private final ReservedPort port;
    private final Deque<WorkerProcess> running = new ArrayDeque<>();

    private WorkerGroup(Path jar, List<String> options, ReservedPort port) {
        this.jar = jar;
        this.options = options;
        this.port = port;
    }

    /**
     * Starts workers that are ready.
     *
     * @param connector the worker's value for {@code --connector}
     */
    static WorkerGroup start(Path jar, String connector, String protocol, int workers)
            throws IOException, InterruptedException {
        ReservedPort port = ReservedPort.any();
        List<String> options = List.of(
                "--host",
                port.address().getAddress().getHostAddress(),
                "--port",
                Integer.toString(port.address().getPort()),
                "--connector",
                connector,
                "--protocol",
                protocol,
                "--delay-ms",
                "2",
                "--stop-timeout-ms",
                "5000");
        WorkerGroup group = new WorkerGroup(jar, options, port);
        try {
            for (int i = 0; i < workers; i++) {
                group.startOne();
            }
            for (WorkerProcess worker : group.running) {
                worker.awaitReady(LIMIT);
            }
            return group;
        } catch (IOException | InterruptedException | RuntimeException x) {
            group.close();
            throw x;
        }
    }

    private WorkerProcess startOne() throws IOException {
        WorkerProcess worker = WorkerProcess.start(jar, options);
        running.addLast(worker);
        return worker;
    }

    /** Starts a further worker, waits until it is ready, and stops the oldest one. */
    @Override
    public Duration restart() throws IOException, InterruptedException {
        startOne().awaitReady(LIMIT);
        return stopOldest();
    }

    private Duration stopOldest() throws InterruptedException {
        WorkerProcess oldest = running.removeFirst();
        try (oldest) {
            long start = System.nanoTime();
            oldest.terminate();
            int exitCode = oldest.awaitExit(LIMIT);
            Duration stop = Duration.ofNanos(System.nanoTime() - start);
            if (exitCode != ENDED_BY_SIGTERM) {
                throw new IllegalStateException("a worker ended with " + exitCode + ": " + oldest.output());
            }
            if (options.contains("draining") && oldest.drained().isEmpty()) {
                throw new IllegalStateException("a worker ended without a drain: " + oldest.output());
            }
            return stop;
        }
    }

    @Override
    public InetSocketAddress address() {
        return port.address();
    }

    @Override
    public void close() {
        running.forEach(WorkerProcess::close);
        try {
            port.close();
        } catch (IOException x) {
            throw new IllegalStateException("the port of the workers cannot be given back", x);
        }
    }
}
