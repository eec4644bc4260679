package io.sluice;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.util.thread.QueuedThreadPool;

/** One server that is started, used, and stopped in many ways at once, and then the same server again. */
final class StressRound implements AutoCloseable {
    private static final int STARTS = 2;
    private static final int STOP_TIMEOUT_MILLIS = 4000;
    private static final Duration STOP_BOUND =
            Duration.ofSeconds(5 + 4 + 6); // drainTimeout, stopTimeout, and some more.
    private static final int LONGEST_REQUEST_MILLIS = 5;
    private static final int LONGEST_DELAY_MICROS = 30_000;
    private static final String STOP = "GET /stop HTTP/1.1\r\nHost: localhost\r\n\r\n";

    private final Random random;
    private final StringBuilder story = new StringBuilder();
    private final String name;
    private final TestServer server;
    private final List<DrainingServerConnector> connectors = new ArrayList<>();
    private final List<DrainCount> drains = new ArrayList<>();
    private final Queue<String> failures = new ConcurrentLinkedQueue<>();
    private final AtomicInteger answered = new AtomicInteger();
    private final Set<Thread> threadsBefore = Thread.getAllStackTraces().keySet();
    private final long stopTimeout;
    private volatile boolean clientsEnough;
    private volatile StressStop stopInRequest;

    StressRound(long seed) throws IOException {
        random = new Random(seed);
        name = "stress" + seed;
        QueuedThreadPool pool = new QueuedThreadPool(40);
        pool.setName(name);
        int acceptors = random.nextInt(3);
        server = new TestServer(pool, s -> new DrainingServerConnector(s, acceptors, 1)).onRequest(this::request);
        boolean shared = random.nextBoolean();
        if (random.nextBoolean()) {
            DrainingServerConnector second = new DrainingServerConnector(server.server, random.nextInt(3), 1);
            second.setHost("127.0.0.1");
            server.server.addConnector(second);
        }
        int port = freePort();
        for (Connector connector : server.server.getConnectors()) {
            DrainingServerConnector draining = (DrainingServerConnector) connector;
            draining.setKeepAliveGrace(10_000); // As long as can be: a client may be slow where much else runs.
            draining.setPort(shared ? port : freePort());
            // Not TWO_PASS, which may lose a client between its second pass and the close.
            draining.setDrainStrategy(random.nextInt(4) == 0 ? DrainStrategy.GATE : DrainStrategy.AUTO);
            DrainCount count = new DrainCount();
            draining.addEventListener(count);
            drains.add(count);
            connectors.add(draining);
        }
        stopTimeout = random.nextBoolean() ? STOP_TIMEOUT_MILLIS : 0;
        server.withStopTimeout(stopTimeout);
        if (random.nextBoolean()) {
            server.withGracefulHandler();
        }
        tell("%d connectors, shared %s, stopTimeout %d", connectors.size(), shared, stopTimeout);
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    /** Returns how many requests were answered. */
    int run() throws Exception {
        List<ReturningThread> clients = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            DrainingServerConnector target = connectors.get(i % connectors.size());
            clients.add(new ReturningThread(
                    "client",
                    new StressClient(
                            target::getLocalPort,
                            new Random(random.nextLong()),
                            () -> clientsEnough,
                            answered,
                            failures)::run));
        }
        clients.forEach(Thread::start);
        for (int start = 0; start < STARTS; start++) {
            startAndStop();
        }
        clientsEnough = true;
        for (ReturningThread client : clients) {
            finish(client);
        }
        await("threads of the server").atMost(STOP_BOUND).until(() -> threads().isEmpty());
        assertNoFailures();
        return answered.get();
    }

    private void startAndStop() throws Exception {
        drains.forEach(DrainCount::reset);
        boolean stopEarly = random.nextInt(4) == 0;
        List<ReturningThread> stops = new ArrayList<>();
        if (stopEarly) { // A stop during the start waits for it, or finds nothing to stop.
            stops.add(stop(random.nextBoolean() ? StressStop.SERVER_STOP : StressStop.CONNECTOR_STOP));
            stops.forEach(Thread::start);
        }
        finish(started(new ReturningThread("start", server::start)));
        if (!stopEarly) {
            connectors.forEach(connector -> assertTrue(connector.isReady(), this::toString));
            stops.addAll(stops());
            stops.forEach(Thread::start);
            if (random.nextInt(8) == 0) {
                pause();
                stops.get(random.nextInt(stops.size())).interrupt();
                tell("interrupt");
            }
        }
        for (ReturningThread stop : stops) {
            finish(stop);
        }
        finish(started(stop(StressStop.SERVER_STOP)));

        for (int i = 0; i < connectors.size(); i++) {
            DrainingServerConnector connector = connectors.get(i);
            assertDrained(drains.get(i));
            assertEquals(drains.get(i).report(), connector.getLastDrainReport(), this::toString);
            assertThrows(
                    ConnectException.class,
                    () -> TestClient.connect(connector.getPort()).close(),
                    () -> "somebody listens: " + this);
        }
        assertEquals(stopTimeout, server.server.getStopTimeout(), this::toString);
    }

    /** Once; or twice, where the listeners were closed first and the connections were left to the stop. */
    private void assertDrained(DrainCount drains) {
        List<DrainReport> reports = drains.reports();
        boolean closedFirst = reports.get(0).reason() == DrainReport.Reason.CLOSE;
        assertEquals(closedFirst ? 2 : 1, reports.size(), this::toString);
        assertEquals(
                reports.stream()
                        .flatMap(report -> Stream.of("started", "finished"))
                        .toList(),
                drains.events(),
                this::toString);
        assertTrue(reports.stream().allMatch(DrainReport::isLossless), this::toString);
    }

    private static ReturningThread started(ReturningThread thread) {
        thread.start();
        return thread;
    }

    private void finish(ReturningThread thread) throws InterruptedException {
        thread.end(STOP_BOUND).ifPresent(failures::add);
        assertNoFailures();
    }

    private void assertNoFailures() {
        assertTrue(failures.isEmpty(), this::toString);
    }

    /** Several at once. A request that stops the server is alone in that: a second one waits for the first, in Jetty. */
    private List<ReturningThread> stops() {
        List<ReturningThread> stops = new ArrayList<>();
        boolean inRequest = random.nextInt(3) == 0;
        if (inRequest) {
            stopInRequest = random.nextBoolean()
                    ? StressStop.SERVER_STOP
                    : any(StressStop.CONNECTOR_SHUTDOWN, StressStop.CONNECTOR_CLOSE);
            DrainingServerConnector target = connectors.get(random.nextInt(connectors.size()));
            long inRequestMicros = random.nextInt(LONGEST_DELAY_MICROS / 3);
            tell("in request: %s of %d after %d us", stopInRequest, connectors.indexOf(target), inRequestMicros);
            stops.add(new ReturningThread("in-request", () -> {
                LockSupport.parkNanos(TimeUnit.MICROSECONDS.toNanos(inRequestMicros));
                stopInRequest(target);
            }));
        }
        for (int more = 1 + random.nextInt(4); more > 0; more--) {
            stops.add(stop(
                    inRequest
                            ? any(
                                    StressStop.CONNECTOR_STOP,
                                    StressStop.CONNECTOR_SHUTDOWN,
                                    StressStop.CONNECTOR_CLOSE,
                                    StressStop.GRACEFUL,
                                    StressStop.LOOK)
                            : any(StressStop.values())));
        }
        return stops;
    }

    private StressStop any(StressStop... paths) {
        return paths[random.nextInt(paths.length)];
    }

    private ReturningThread stop(StressStop path) {
        DrainingServerConnector connector = connectors.get(random.nextInt(connectors.size()));
        long micros = random.nextInt(LONGEST_DELAY_MICROS);
        tell("%s of %d after %d us", path, connectors.indexOf(connector), micros);
        return new ReturningThread("stop-" + path, () -> {
            LockSupport.parkNanos(TimeUnit.MICROSECONDS.toNanos(micros));
            path.at(connector);
        });
    }

    private void stopInRequest(DrainingServerConnector target) throws IOException {
        try (TestClient client = TestClient.connect(target.getPort())) {
            client.send(STOP);
            assertTrue(TestClient.isAnswered(client.readResponse()));
        } catch (ConnectException x) {
            tell("too late to stop in a request");
        }
    }

    private void request(Request request) throws Exception {
        if (request.getHttpURI().getPath().equals("/stop")) {
            DrainingServerConnector own =
                    (DrainingServerConnector) request.getConnectionMetaData().getConnector();
            stopInRequest.at(own);
        } else {
            LockSupport.parkNanos(
                    TimeUnit.MILLISECONDS.toNanos(Math.floorMod(System.nanoTime(), LONGEST_REQUEST_MILLIS)));
        }
    }

    private void pause() {
        LockSupport.parkNanos(TimeUnit.MICROSECONDS.toNanos(random.nextInt(LONGEST_DELAY_MICROS)));
    }

    /** Those of the server, by name; JDK and test threads may come at any time. */
    private List<Thread> threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> !threadsBefore.contains(thread))
                .filter(thread -> thread.getName().contains(name)
                        || thread.getName().startsWith("sluice-")
                        || thread.getName().startsWith("Connector-Scheduler")
                        || thread.getName().startsWith("Session-"))
                .collect(Collectors.toList());
    }

    private synchronized void tell(String format, Object... arguments) {
        story.append(format.formatted(arguments)).append("; ");
    }

    @Override
    public synchronized String toString() {
        return story + " reports "
                + connectors.stream().map(DrainingServerConnector::getLastDrain).toList() + " failures " + failures;
    }

    @Override
    public void close() {
        clientsEnough = true;
        started(new ReturningThread("close", server::close)); // After a failure it may never come back.
    }
}
