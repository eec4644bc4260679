package io.sluice.it.net;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.sluice.examples.rolling.WorkerProcess;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;

/** The example for HAProxy: it runs in a network of its own, wired to two others, the hosts, with a worker in each. */
final class HaproxySite implements AutoCloseable {
    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final String FRONT = "192.0.2.1";
    private static final List<String> HOSTS = List.of("192.0.2.11", "192.0.2.12");
    private static final URI STATUS = URI.create("http://127.0.0.1:8404/;csv");
    private static final int TERMINATED = 128 + 15;

    private final Deque<Runnable> closers = new ArrayDeque<>();
    private final NetworkNamespace front;
    private final List<NetworkNamespace> hosts = new ArrayList<>();
    private final List<WorkerProcess> workers = new ArrayList<>();
    private final List<String> options;

    /**
     * Starts all of it; HAProxy sees both hosts up.
     *
     * @param directory for its files
     */
    HaproxySite(Path directory, Duration preDrainDelay) throws Exception {
        Requirement.program("haproxy", "haproxy");
        options = List.of(
                "--protocol",
                "h2c",
                "--delay-ms",
                "2",
                "--readiness-port",
                "9000",
                "--pre-drain-delay-ms",
                Long.toString(preDrainDelay.toMillis()));
        try {
            front = NetworkNamespace.create();
            closers.push(front::close);
            for (String address : HOSTS) {
                NetworkNamespace host = NetworkNamespace.create();
                closers.push(host::close);
                hosts.add(host);
                wire(host, address);
                workers.add(startWorker(host));
            }
            Path output = directory.resolve("haproxy.log");
            ProcessBuilder haproxy = new ProcessBuilder(
                            "haproxy", "-db", "-f", configuration(directory).toString())
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile());
            Process process = front.call(haproxy::start);
            closers.push(() -> kill(process));
            awaitUp(output, process);
        } catch (Exception | Error x) {
            close();
            throw x;
        }
    }

    /** The example's, but without the retries, which would hide a host that refuses connections. */
    private static Path configuration(Path directory) throws IOException {
        String example = Files.readString(Path.of(System.getProperty("sluice.haproxy"), "haproxy.cfg"));
        String strict = example.replace("\n    retries 3\n", "\n    retries 0\n");
        if (strict.equals(example)) {
            throw new IllegalStateException("the example does not say: retries 3");
        }
        return Files.writeString(directory.resolve("haproxy.cfg"), strict);
    }

    /** A cable from the front to a host. */
    private void wire(NetworkNamespace host, String address) throws IOException, InterruptedException {
        String end = "host" + hosts.size();
        try {
            front.run("ip", "link", "add", end, "type", "veth", "peer", "name", "front", "netns", host.name());
        } catch (IOException x) {
            throw Requirement.missing("pairs of network devices, of the kernel module veth: " + x.getMessage());
        }
        attach(front, end, FRONT, address);
        attach(host, "front", address, FRONT);
    }

    private static void attach(NetworkNamespace network, String device, String own, String other)
            throws IOException, InterruptedException {
        network.run("ip", "address", "add", own, "peer", other, "dev", device);
        network.run("ip", "link", "set", device, "up");
    }

    private WorkerProcess startWorker(NetworkNamespace host) throws Exception {
        WorkerProcess worker = NamespaceWorkers.start(host, List.of(), options);
        closers.push(worker::close);
        return worker;
    }

    /** Stops each host's worker in turn and starts another when it has ended. */
    void restartAll() throws Exception {
        for (int i = 0; i < hosts.size(); i++) {
            WorkerProcess old = workers.get(i);
            old.terminate();
            assertEquals(TERMINATED, old.awaitExit(LIMIT), () -> String.join("\n", old.output()));
            workers.set(i, startWorker(hosts.get(i)));
            Awaitility.await().atMost(LIMIT).until(this::isUp);
        }
    }

    private void awaitUp(Path output, Process haproxy) throws IOException {
        Awaitility.await()
                .atMost(LIMIT)
                .ignoreExceptionsInstanceOf(IOException.class)
                .until(() -> !haproxy.isAlive() || isUp());
        if (!haproxy.isAlive()) {
            throw new IOException("HAProxy has ended: " + Files.readString(output));
        }
    }

    /** Whether HAProxy sends requests to all hosts, and its last health check of each went well. */
    private boolean isUp() throws Exception {
        return column("status").stream().allMatch("UP"::equals)
                && column("check_status").stream().allMatch("L7OK"::equals);
    }

    /** A value for each host and each backend, from HAProxy's statistics (its management guide, 9.1). */
    List<String> column(String name) throws Exception {
        String csv = front.call(() -> {
            try (InputStream in = STATUS.toURL().openStream()) {
                return new String(in.readAllBytes(), StandardCharsets.US_ASCII);
            }
        });
        List<String> lines = csv.lines().toList();
        int index = Arrays.asList(lines.get(0).split(",")).indexOf(name);
        return lines.stream()
                .filter(line -> line.contains(",host"))
                .map(line -> line.split(",", -1)[index])
                .toList();
    }

    /** How many there are. */
    int hosts() {
        return hosts.size();
    }

    /** Where HAProxy and its clients are. */
    NetworkNamespace front() {
        return front;
    }

    private static void kill(Process process) {
        process.destroyForcibly();
        try {
            process.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS);
        } catch (InterruptedException x) {
            Thread.currentThread().interrupt();
        }
    }

    /** Closes everything, in the reverse order, whether or not some of it fails. */
    @Override
    public void close() {
        try {
            if (!closers.isEmpty()) {
                closers.pop().run();
            }
        } finally {
            if (!closers.isEmpty()) {
                close();
            }
        }
    }
}
