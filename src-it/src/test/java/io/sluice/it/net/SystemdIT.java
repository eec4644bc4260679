package io.sluice.it.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.examples.rolling.ClosedLoop;
import io.sluice.examples.rolling.WorkerProcess;
import io.sluice.it.KeepAliveLoop;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The example for systemd: its unit, and its command that restarts one instance after another. */
@Timeout(120)
class SystemdIT {
    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final Duration PAUSE = Duration.ofMillis(5);
    private static final int CLIENTS = 2;
    private static final int REQUESTS_BEFORE = 200;
    private static final int TIMEOUT_SECONDS = 30;
    private static final int SHORT_TIMEOUT_SECONDS = 4;
    private static final int SINGLE_RESTARTS = 5;
    private static final int STORE_RESTARTS = 10;

    /** In tenths, of 100; what is left is mostly that it uses the network. */
    private static final int HIGHEST_EXPOSURE = 20;

    @TempDir
    private Path directory;

    @Test
    void theUnitIsValid() throws Exception {
        Requirement.program("systemd-analyze", "systemd");
        Path java = Path.of(System.getProperty("java.home"), "bin", "java");
        String unit = Files.readString(UnitFile.example("sluice-worker@.service"))
                .replace("ExecStart=/usr/bin/java ", "ExecStart=" + java + " ");
        Path file = Files.writeString(directory.resolve("sluice-worker@.service"), unit);
        Path socket = Files.copy(UnitFile.example("sluice-worker@.socket"), directory.resolve("sluice-worker@.socket"));

        assertEquals(
                "", Command.run(List.of("systemd-analyze", "verify", "--man=no", file.toString(), socket.toString())));
    }

    @Test
    void theUnitIsHardened() throws Exception {
        Requirement.program("systemd-analyze", "systemd");

        String review = Command.run(List.of(
                "systemd-analyze",
                "security",
                "--no-pager",
                "--offline=true",
                "--threshold=" + HIGHEST_EXPOSURE, // Above it, the command fails.
                UnitFile.example("sluice-worker@.service").toString()));

        assertTrue(review.contains("Overall exposure level"), review);
    }

    /** SIGKILL comes later than the longest stop: drainTimeout, 5 s, and the stop timeout that the command says. */
    @Test
    void theUnitWaitsForTheDrain() throws Exception {
        UnitFile unit = UnitFile.instance("1");
        List<String> command = unit.command();
        int stopTimeout = Integer.parseInt(command.get(command.indexOf("--stop-timeout-ms") + 1));

        assertTrue(unit.stopTimeout().toMillis() > 5_000 + stopTimeout, unit.stopTimeout()::toString);
    }

    @Test
    void aSingleInstanceIsRefused() throws Exception {
        try (Supervisor manager = new Supervisor(directory)) {
            ServiceManager.Ended ended = manager.rollingRestart(TIMEOUT_SECONDS, "1");

            assertEquals(2, ended.exitCode(), ended::toString);
        }
    }

    @Test
    void supervisedInstances() throws Exception {
        try (Supervisor manager = new Supervisor(directory)) {
            nobodyNoticesARollingRestart(manager);
            aBrokenReleaseTakesOneInstance(manager);
        }
    }

    /** With systemd itself, where it can run, and all of the unit's hardening. */
    @Test
    void instancesOfSystemd() throws Exception {
        try (Systemd manager = new Systemd(directory)) {
            nobodyNoticesARollingRestart(manager);
            assertHardened(manager);
            aBrokenReleaseTakesOneInstance(manager);
        }
    }

    /** The socket unit keeps the port open, so that one instance is enough: its clients wait for the start of a JVM. */
    @Test
    void aSingleInstanceOfSystemdWithASocket() throws Exception {
        try (Systemd manager = new Systemd(directory)) {
            manager.run("systemctl", "start", "sluice-worker@1.socket");
            manager.start("1");
            awaitServes(manager, "1");
            long first = manager.pid("1");

            underLoad(manager, () -> {
                for (int i = 0; i < SINGLE_RESTARTS; i++) {
                    manager.run("systemctl", "restart", "sluice-worker@1");
                    assertTrue(serves(manager, "1"), "systemctl has returned too early");
                }
                return "restarts of one instance";
            });

            assertNotEquals(first, manager.pid("1"));
            String log = manager.log();
            assertEquals(SINGLE_RESTARTS, log.split("\nDRAINED ", -1).length - 1, log);
            assertTrue(log.contains("strategy=two-pass"), log);
        }
    }

    /** Without a socket unit: the listener goes to systemd's descriptor store and back. */
    @Test
    void aSingleInstanceOfSystemdWithItsDescriptorStore() throws Exception {
        try (Systemd manager = new Systemd(directory)) {
            manager.start("1");
            awaitServes(manager, "1");
            long first = manager.pid("1");

            underLoad(manager, () -> {
                for (int i = 0; i < STORE_RESTARTS; i++) {
                    manager.run("systemctl", "restart", "sluice-worker@1");
                    assertTrue(serves(manager, "1"), "systemctl has returned too early");
                }
                return "restarts of one instance";
            });

            assertNotEquals(first, manager.pid("1"));
            String log = manager.log();
            String stored =
                    "DRAINED {\"reason\":\"server-stop\",\"strategy\":\"hand-over\",\"strategyReason\":\"taken over by"
                            + " systemd's descriptor store\"";
            assertEquals(
                    STORE_RESTARTS,
                    log.lines().filter(line -> line.startsWith(stored)).count(),
                    log);
            assertEquals(1, listeners(manager), "the store has nothing any more");
        }
    }

    private static long listeners(Systemd manager) throws Exception {
        return manager.run("ss", "-Hltn", "sport = :" + NamespaceWorkers.PORT)
                .lines()
                .count();
    }

    private static void nobodyNoticesARollingRestart(ServiceManager manager) throws Exception {
        for (String instance : List.of("1", "2")) {
            manager.start(instance);
            awaitServes(manager, instance);
        }
        long first = manager.pid("1");
        long second = manager.pid("2");
        ServiceManager.Ended ended = underLoad(manager, TIMEOUT_SECONDS);

        assertEquals(0, ended.exitCode(), ended::toString);
        assertEquals("sluice-worker@1 serves\nsluice-worker@2 serves\n", ended.output());
        assertNotEquals(first, manager.pid("1"));
        assertNotEquals(second, manager.pid("2"));
        String log = manager.log();
        log.lines().filter(line -> line.startsWith("DRAINED ")).forEach(System.out::println);
        assertEquals(2, log.split("\nDRAINED ", -1).length - 1, log);
    }

    private static void aBrokenReleaseTakesOneInstance(ServiceManager manager) throws Exception {
        long second = manager.pid("2");
        manager.installBrokenRelease();
        ServiceManager.Ended ended = underLoad(manager, SHORT_TIMEOUT_SECONDS);

        assertEquals(1, ended.exitCode(), ended::toString);
        // A worker may end before systemd counts it as started: then it is the restart that has failed.
        assertTrue(ended.output().contains("rolling-restart: sluice-worker@1 "), ended::toString);
        assertTrue(ended.output().endsWith("; no other instance was touched\n"), ended::toString);
        assertEquals(second, manager.pid("2"));
    }

    /** The unit takes every right away, but not the strategy that a worker has without it. */
    private static void assertHardened(Systemd manager) throws Exception {
        String status = manager.run("cat", "/proc/" + manager.pid("1") + "/status");
        assertTrue(status.contains("\nCapBnd:\t0000000000000000\n"), status);
        assertTrue(status.contains("\nNoNewPrivs:\t1\n"), status);
        assertTrue(status.contains("\nSeccomp:\t2\n"), status);
        assertEquals(uid(manager, "1"), uid(manager, "2"), "the uids");

        String strategy;
        try (NetworkNamespace other = NetworkNamespace.create();
                WorkerProcess plain = NamespaceWorkers.start(other, List.of(), List.of())) {
            strategy = plain.output().stream()
                    .filter(line -> line.startsWith("READY "))
                    .findFirst()
                    .orElseThrow()
                    .replaceAll(".* strategy=", "");
        }
        String log = manager.log();
        assertTrue(log.contains("DRAINED {\"reason\":\"server-stop\",\"strategy\":\"" + strategy + "\""), log);
    }

    private static String uid(Systemd manager, String instance) throws Exception {
        return manager.run("stat", "--format=%u", "/proc/" + manager.pid(instance))
                .trim();
    }

    private static ServiceManager.Ended underLoad(ServiceManager manager, int timeoutSeconds) throws Exception {
        return underLoad(manager, () -> manager.rollingRestart(timeoutSeconds, "1", "2"));
    }

    private static <T> T underLoad(ServiceManager manager, Callable<T> restarts) throws Exception {
        InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), NamespaceWorkers.PORT);
        try (ClosedLoop comeAndGo = manager.network().call(() -> ClosedLoop.start(address, CLIENTS, LIMIT));
                KeepAliveLoop stay =
                        manager.network().call(() -> KeepAliveLoop.start(address, CLIENTS, PAUSE, LIMIT))) {
            Awaitility.await()
                    .atMost(LIMIT)
                    .until(() -> comeAndGo.requests() >= REQUESTS_BEFORE && stay.requests() >= REQUESTS_BEFORE);
            long start = System.nanoTime();
            T ended = restarts.call();
            long millis = Duration.ofNanos(System.nanoTime() - start).toMillis();
            ClosedLoop.Result shortLived = comeAndGo.stop();
            KeepAliveLoop.Result kept = stay.stop();
            System.out.printf(
                    "%s, %s in %d ms: %s; kept alive %s%n",
                    manager.getClass().getSimpleName(), ended, millis, shortLived, kept);

            assertEquals(0, shortLived.outcomes().lost(), () -> shortLived + "\n" + log(manager));
            assertEquals(0, kept.outcomes().lost(), () -> kept + "\n" + log(manager));
            return ended;
        }
    }

    private static String log(ServiceManager manager) {
        try {
            return manager.log();
        } catch (Exception x) {
            return x.toString();
        }
    }

    private static void awaitServes(ServiceManager manager, String instance) {
        Awaitility.await()
                .atMost(LIMIT)
                .ignoreExceptionsInstanceOf(IOException.class)
                .until(() -> serves(manager, instance));
    }

    private static boolean serves(ServiceManager manager, String instance) throws Exception {
        URI uri = URI.create("http://127.0.0.1:900" + instance + "/");
        return manager.network()
                .call(() -> ((HttpURLConnection) uri.toURL().openConnection()).getResponseCode() == 200);
    }
}
