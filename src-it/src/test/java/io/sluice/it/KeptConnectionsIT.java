package io.sluice.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.examples.rolling.WorkerProcess;
import io.sluice.it.net.User;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Connections that are kept alive while their server is restarted: their clients do not notice. */
@Timeout(180)
class KeptConnectionsIT {
    private static final int CONNECTIONS = Integer.getInteger("sluice.connections", 1000);
    private static final int MANY = 5000;
    private static final int FEW_DESCRIPTORS = 700; // Two batches of connections; the worker itself has some 60 open.
    private static final int TIMEOUT_MILLIS = 20_000;
    private static final byte[] GET = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    private final List<Socket> clients = new ArrayList<>();

    @AfterEach
    void close() throws IOException {
        for (Socket client : clients) {
            client.close();
        }
    }

    /** They hold up the stop only for as long as it takes to hand them over, and nobody else. */
    @ParameterizedTest
    @EnumSource(User.class)
    void idleConnectionsGoOn(User user) throws Exception {
        List<String> launcher = launcher(user);
        try (WorkerProcess old = Workers.startAt(launcher, 0, "draining")) {
            connect(old, CONNECTIONS);
            try (WorkerProcess successor = Workers.startAt(launcher, old.port(), "draining")) {
                AtomicBoolean over = new AtomicBoolean();
                CompletableFuture<Double> others = CompletableFuture.supplyAsync(() -> slowestUntil(over, old));
                String report = stop(old);
                over.set(true);

                System.out.printf(
                        "%d idle connections: handed over in %.0f ms; slowest request of others %.0f ms%n",
                        CONNECTIONS, number("untilAnsweredMillis", report), others.get());
                // Perhaps one of the others too, whose client has just closed it.
                assertTrue(number("connectionsHandedOver", report) >= CONNECTIONS, report);
                assertEquals(0, number("idleClosed", report), report);
                assertTrue(others.get() < 900, report);
                for (Socket client : clients) {
                    assertEquals("ok " + successor.pid(), request(client));
                }
            }
        }
    }

    /** What it has not been told to serve is served by the one that stops; what it has been told to serve dies with it. */
    @ParameterizedTest
    @EnumSource(User.class)
    void aSuccessorThatIsKilledTakesOnlyWhatItHas(User user) throws Exception {
        List<String> launcher = launcher(user);
        try (WorkerProcess old = Workers.startAt(launcher, 0, "draining")) {
            connect(old, MANY);
            try (WorkerProcess killed = Workers.startAt(launcher, old.port(), "draining")) {
                int before = descriptors(killed);
                old.terminate();
                Awaitility.await()
                        .atMost(Workers.LIMIT)
                        .pollInterval(Duration.ofMillis(1))
                        .until(() -> descriptors(killed) > before + MANY / 5);
                killed.signal("KILL");
            }
            for (Socket client : clients) {
                client.getOutputStream().write(GET); // To one that is dead too: only the answer tells.
            }
            int answered = 0;
            for (Socket client : clients) {
                answered += isAnsweredBy(old, client) ? 1 : 0;
            }
            old.awaitExit(Workers.LIMIT);
            String report = old.drained().orElseThrow();

            System.out.printf("%d of %d connections survive a successor that is killed%n", answered, MANY);
            assertTrue(answered > 0 && answered < MANY, report);
            // Those to which nothing was sent within keepAliveGrace are closed.
            assertEquals(
                    MANY - answered, number("connectionsHandedOver", report) + number("idleClosed", report), report);
            assertEquals(0, number("unanswered", report), report);
        }
    }

    private static int descriptors(WorkerProcess process) throws IOException {
        try (Stream<Path> descriptors = Files.list(Path.of("/proc/" + process.pid() + "/fd"))) {
            return (int) descriptors.count();
        }
    }

    /** It has no descriptor for all of them: those that it cannot take end as they would without it, and nobody is reset. */
    @ParameterizedTest
    @EnumSource(User.class)
    void aSuccessorWithoutDescriptorsTakesWhatItCan(User user) throws Exception {
        List<String> launcher = launcher(user);
        try (WorkerProcess old = Workers.startAt(launcher, 0, "draining")) {
            connect(old, CONNECTIONS);
            List<String> limited = new ArrayList<>(List.of("prlimit", "--nofile=" + FEW_DESCRIPTORS));
            limited.addAll(launcher);
            try (WorkerProcess successor = Workers.startAt(limited, old.port(), "draining")) {
                String report = stop(old);
                int goOn = 0;
                for (Socket client : clients) {
                    client.getOutputStream().write(GET);
                    goOn += isAnsweredBy(successor, client) ? 1 : 0;
                }

                System.out.printf(
                        "%d of %d connections go on with %d descriptors%n", goOn, CONNECTIONS, FEW_DESCRIPTORS);
                assertEquals(goOn, number("connectionsHandedOver", report), report);
                assertEquals(CONNECTIONS - goOn, number("idleClosed", report), report);
                assertTrue(goOn > 0 && goOn < FEW_DESCRIPTORS, report);
            }
        }
    }

    private static List<String> launcher(User user) throws Exception {
        return user.launcher(Path.of(System.getProperty("sluice.worker")));
    }

    /** All of them on this worker, because no other one is there yet. */
    private void connect(WorkerProcess worker, int connections) throws IOException {
        for (int i = 0; i < connections; i++) {
            Socket client = new Socket();
            clients.add(client);
            client.setSoTimeout(TIMEOUT_MILLIS);
            client.connect(Workers.address(worker), TIMEOUT_MILLIS);
            assertEquals("ok " + worker.pid(), request(client));
        }
    }

    private static String stop(WorkerProcess worker) throws Exception {
        worker.terminate();
        worker.awaitExit(Workers.LIMIT);
        return worker.drained().orElseThrow();
    }

    /** One new connection after the other, by whichever worker it is served; the slowest in milliseconds. */
    private static double slowestUntil(AtomicBoolean over, WorkerProcess anyWorker) {
        InetSocketAddress address = Workers.address(anyWorker);
        long slowest = 0;
        while (!over.get()) {
            long begin = System.nanoTime();
            try (Socket client = new Socket()) {
                client.setSoTimeout(TIMEOUT_MILLIS);
                client.connect(address, TIMEOUT_MILLIS);
                assertTrue(request(client).startsWith("ok "));
            } catch (IOException x) {
                throw new IllegalStateException("a client of the moment of the stop fails", x);
            }
            slowest = Math.max(slowest, System.nanoTime() - begin);
        }
        return slowest / 1e6;
    }

    private static boolean isAnsweredBy(WorkerProcess worker, Socket client) {
        try {
            return response(client).equals("ok " + worker.pid());
        } catch (IOException x) {
            return false; // Reset.
        }
    }

    private static String request(Socket client) throws IOException {
        client.getOutputStream().write(GET);
        return response(client);
    }

    private static String response(Socket client) throws IOException {
        InputStream in = client.getInputStream();
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            int next = in.read();
            if (next < 0) {
                throw new IOException("end after '%s'".formatted(head));
            }
            head.append((char) next);
        }
        Matcher length = Pattern.compile("Content-Length: (\\d+)").matcher(head);
        assertTrue(length.find(), head::toString);
        return new String(in.readNBytes(Integer.parseInt(length.group(1))), StandardCharsets.US_ASCII).trim();
    }

    private static double number(String field, String report) {
        Matcher value = Pattern.compile("\"%s\":(-?[0-9.]+)".formatted(field)).matcher(report);
        assertTrue(value.find(), report);
        return Double.parseDouble(value.group(1));
    }
}
