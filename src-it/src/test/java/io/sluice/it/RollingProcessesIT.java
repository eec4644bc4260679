package io.sluice.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.examples.rolling.ClosedLoop;
import io.sluice.examples.rolling.WorkerProcess;
import io.sluice.it.net.Unprivileged;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Separate JVMs that share a port, restarted one after another under short connections. */
@Timeout(180)
class RollingProcessesIT {
    private static final int RESTARTS = 6;
    private static final int MEMBERS = 4;
    private static final int SHARE_RESTARTS = 20;
    private static final int SAMPLE = 800;
    private static final int CLIENTS = 8;
    private static final int CLIENTS_OF_BUSY = 32;
    private static final String[] BUSY = {"--threads", "4", "--delay-ms", "20"};
    private static final Duration REQUEST_LIMIT = Duration.ofSeconds(10);

    private final Deque<WorkerProcess> workers = new ArrayDeque<>();
    private List<String> launcher = List.of();

    @AfterEach
    void stopAll() {
        workers.forEach(WorkerProcess::close);
    }

    /** Nobody is reset, refused, answered 503, or made to wait for a second. */
    @ParameterizedTest(name = "{0} workers, unprivileged {1}")
    @CsvSource({"2, false", "4, false", "2, true"})
    void nobodyNoticesARestart(int count, boolean unprivileged) throws Exception {
        launcher = unprivileged ? Unprivileged.launcher(Path.of(System.getProperty("sluice.worker"))) : List.of();
        startWorkers("draining", count);

        ClosedLoop.Result load = restartUnderLoad("draining", CLIENTS);

        assertEquals(0, load.outcomes().lost(), load::toString);
        assertEquals(0, load.stalled(), load::toString);
    }

    /** The same with more clients than request threads, so that many wait for their answer at each stop. */
    @Test
    void nobodyNoticesARestartOfBusyWorkers() throws Exception {
        startWorkers("draining", 2, BUSY);

        ClosedLoop.Result load = restartUnderLoad("draining", CLIENTS_OF_BUSY, BUSY);

        assertEquals(0, load.outcomes().lost(), load::toString);
        assertEquals(0, load.stalled(), load::toString);
    }

    /** The stock connector loses those who wait: the tests above see the bug. */
    @Test
    void theStockConnectorLosesThem() throws Exception {
        startWorkers("stock", 2, BUSY);

        ClosedLoop.Result load = restartUnderLoad("stock", CLIENTS_OF_BUSY, BUSY);

        assertTrue(load.outcomes().lost() > 0, load::toString);
    }

    /** All but one of four drain at the same moment: who steers takes turns, and the one that stays serves everybody. */
    @ParameterizedTest
    @ValueSource(strings = {"hand-over", "steer"})
    void allButOneStopAtOnce(String strategy) throws Exception {
        startWorkers("draining", 4, "--strategy", strategy);
        try (ClosedLoop load = ClosedLoop.start(Workers.address(workers.peek()), CLIENTS, REQUEST_LIMIT)) {
            awaitRequests(load, 2000);
            List<WorkerProcess> leaving = workers.stream().limit(3).collect(Collectors.toList());
            leaving.forEach(WorkerProcess::terminate);
            for (WorkerProcess worker : leaving) {
                worker.awaitExit(Workers.LIMIT);
            }
            ClosedLoop.Result result = load.stop();

            assertEquals(0, result.outcomes().lost(), result::toString);
            assertEquals(0, result.stalled(), result::toString);
            for (WorkerProcess worker : leaving) {
                String report = worker.drained().orElseThrow();
                assertTrue(report.contains("\"strategy\":\"" + strategy + "\""), report);
            }
        }
    }

    /** Killed at any moment of its drain, a worker leaves nothing behind: the next start spreads the traffic again. */
    @Test
    void aKilledDrainLeavesNothingBehind() throws Exception {
        startWorkers("draining", 3);
        for (int millis = 0; millis < 30; millis += 3) {
            WorkerProcess killed = workers.removeFirst();
            killed.terminate();
            TimeUnit.MILLISECONDS.sleep(millis); // A moment of the drain, a later one each time.
            killed.close();
            workers.add(startOne("draining"));

            Set<Long> expected =
                    workers.stream().map(WorkerProcess::pid).collect(Collectors.toCollection(TreeSet::new));
            assertEquals(expected, whoAnswers(120).keySet(), "killed after " + millis + " ms");
        }
    }

    /**
     * Listeners do not pile up, and whoever has taken one over, and gets the part of two, is rid of it with the next restart:
     * the new process takes it.
     */
    @ParameterizedTest(name = "the new one starts first: {0}")
    @ValueSource(booleans = {true, false})
    void sharesStayEven(boolean newFirst) throws Exception {
        startWorkers("draining", MEMBERS);
        Set<Long> favoured = Set.of();
        for (int i = 0; i < SHARE_RESTARTS; i++) {
            if (newFirst) {
                workers.add(startOne("draining"));
            }
            WorkerProcess oldest = workers.removeFirst();
            oldest.terminate();
            oldest.awaitExit(Workers.LIMIT);
            oldest.close();
            if (!newFirst) {
                workers.add(startOne("draining"));
            }
            Set<Long> favouredBefore = favoured;
            Map<Long, Integer> shares = whoAnswers(SAMPLE);
            favoured = shares.entrySet().stream()
                    .filter(share -> share.getValue() > 1.5 * SAMPLE / MEMBERS)
                    .map(Map.Entry::getKey)
                    .collect(Collectors.toSet());

            assertEquals(MEMBERS, shares.size(), shares::toString);
            assertTrue(favoured.stream().noneMatch(favouredBefore::contains), shares::toString);
            assertTrue(listeners() <= MEMBERS + 1, () -> "listeners: " + listeners());
            assertTrue(newFirst || favoured.isEmpty(), shares::toString);
        }
    }

    private long listeners() {
        String port = ":%04X ".formatted(workers.peek().port());
        return Stream.of("tcp", "tcp6")
                .flatMap(file -> lines(Path.of("/proc/net", file)))
                .filter(line -> line.contains(port) && line.contains(" 0A "))
                .count();
    }

    private static Stream<String> lines(Path file) {
        try {
            return Files.readAllLines(file).stream();
        } catch (IOException x) {
            throw new UncheckedIOException(x);
        }
    }

    private void startWorkers(String connector, int count, String... options) throws Exception {
        for (int i = 0; i < count; i++) {
            workers.add(startOne(connector, options));
        }
    }

    private WorkerProcess startOne(String connector, String... options) throws Exception {
        return Workers.startAt(launcher, workers.isEmpty() ? 0 : workers.peek().port(), connector, options);
    }

    private ClosedLoop.Result restartUnderLoad(String connector, int clients, String... options) throws Exception {
        try (ClosedLoop load = ClosedLoop.start(Workers.address(workers.peek()), clients, REQUEST_LIMIT)) {
            for (int i = 0; i < RESTARTS; i++) {
                awaitRequests(load, load.requests() + 1000);
                workers.add(startOne(connector, options));
                WorkerProcess oldest = workers.removeFirst();
                oldest.terminate();
                oldest.awaitExit(Workers.LIMIT);
                oldest.close();
            }
            return load.stop();
        }
    }

    private static void awaitRequests(ClosedLoop load, long requests) throws InterruptedException {
        long end = System.nanoTime() + Workers.LIMIT.toNanos();
        while (load.requests() < requests) {
            assertTrue(System.nanoTime() < end, "the load does not get on");
            TimeUnit.MILLISECONDS.sleep(1);
        }
    }

    /** The process ids that so many connections, one after another, are answered by, and how many by each. */
    private Map<Long, Integer> whoAnswers(int connections) throws IOException {
        URI uri = URI.create("http://127.0.0.1:" + workers.peek().port() + "/");
        Map<Long, Integer> pids = new TreeMap<>();
        for (int i = 0; i < connections; i++) {
            HttpURLConnection connection = (HttpURLConnection) uri.toURL().openConnection();
            connection.setRequestProperty("Connection", "close");
            connection.setReadTimeout((int) REQUEST_LIMIT.toMillis());
            try (InputStream body = connection.getInputStream()) {
                String answer = new String(body.readAllBytes(), StandardCharsets.US_ASCII);
                pids.merge(Long.valueOf(answer.replaceAll("\\D", "")), 1, Integer::sum);
            }
        }
        return pids;
    }
}
