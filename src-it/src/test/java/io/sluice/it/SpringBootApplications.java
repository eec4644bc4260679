package io.sluice.it;

import io.sluice.examples.rolling.WorkerProcess;
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
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Processes of the Spring Boot example that share a port, the oldest first. */
final class SpringBootApplications implements AutoCloseable {
    private static final Pattern LISTENING = Pattern.compile(".*Jetty started on port (\\d+) .*");
    private static final Pattern SERVING = Pattern.compile(".*Started Application in .*");
    private static final Pattern DRAINED = Pattern.compile(".*Drained (is\\.)?DrainingServerConnector.*");
    private static final Duration LIMIT = Duration.ofSeconds(60);

    /** A start takes seconds, most of them for code that runs once. */
    private static final List<String> QUICK_START = List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC");

    private final Path jar;
    private final List<String> properties;
    private final Deque<WorkerProcess> running = new ArrayDeque<>();
    private final List<WorkerProcess> stopping = new ArrayList<>();
    private int port;

    /** Makes ready to start the example of this name. */
    SpringBootApplications(String example, String... properties) {
        this.jar = Path.of(System.getProperty("sluice." + example));
        this.properties = List.of(properties);
    }

    /** Starts one more and waits until it serves. */
    void start() throws IOException, InterruptedException {
        List<String> args = new ArrayList<>(List.of("--server.address=127.0.0.1", "--server.port=" + port));
        args.addAll(properties);
        WorkerProcess started = WorkerProcess.start(jar, QUICK_START, args);
        running.add(started);
        awaitLine(started, SERVING);
        port = Integer.parseInt(awaitLine(started, LISTENING).group(1));
    }

    private static Matcher awaitLine(WorkerProcess application, Pattern pattern) throws InterruptedException {
        long end = System.nanoTime() + LIMIT.toNanos();
        while (System.nanoTime() < end) {
            Matcher found = find(application, pattern);
            if (found != null) {
                return found;
            }
            if (ProcessHandle.of(application.pid())
                    .filter(ProcessHandle::isAlive)
                    .isEmpty()) {
                break;
            }
            TimeUnit.MILLISECONDS.sleep(10);
        }
        throw new AssertionError("no '" + pattern + "' in " + String.join("\n", application.output()));
    }

    private static Matcher find(WorkerProcess application, Pattern pattern) {
        return application.output().stream()
                .map(pattern::matcher)
                .filter(Matcher::matches)
                .findFirst()
                .orElse(null);
    }

    InetSocketAddress address() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    }

    /** Sends SIGTERM to the one that was started first, and does not wait for its end. */
    void terminateOldest() {
        WorkerProcess oldest = running.removeFirst();
        stopping.add(oldest);
        oldest.terminate();
    }

    /** Waits for the end of all that were told to. */
    void awaitTerminated() throws InterruptedException {
        for (WorkerProcess stopped : stopping) {
            stopped.awaitExit(LIMIT);
        }
    }

    /** The log lines of the drains. */
    List<String> drains() {
        return stopping.stream()
                .flatMap(stopped -> stopped.output().stream())
                .filter(DRAINED.asMatchPredicate())
                .toList();
    }

    @Override
    public void close() {
        Stream.concat(running.stream(), stopping.stream()).forEach(WorkerProcess::close);
    }
}
