package io.sluice;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** A process that shares the port is killed, while the kernel has clients for it that it has not accepted. */
@Timeout(60)
@EnabledOnOs(OS.LINUX)
class CrashTest {
    private static final int CLIENTS = 100;
    private static final String KEEPER = "KEEPER ";

    private final List<TestServer> servers = new ArrayList<>();
    private Process process;

    @AfterEach
    void stop() {
        servers.forEach(TestServer::close);
        if (process != null) {
            process.destroyForcibly();
        }
    }

    /** About half of them were reset. */
    @Test
    void whoIsQueuedIsAnsweredByTheKeeper() throws Exception {
        TestServer survivor = start(0);
        BlockingQueue<Adoption> adoptions = new ArrayBlockingQueue<>(2);
        survivor.connector.addEventListener(new DrainListener() {
            @Override
            public void onAdopted(DrainingServerConnector connector, Adoption adoption) {
                adoptions.add(adoption);
            }
        });
        startProcess(survivor.port());
        awaitWard(survivor);
        freeze();
        List<TestClient> clients = TestClient.connectAndSend(survivor.port(), CLIENTS);
        try (CapturedLog log = new CapturedLog()) {
            process.destroyForcibly().waitFor();

            assertAllAnswered(clients);
            assertEquals(1, log.alarms().size(), log.alarms()::toString);
            assertTrue(log.alarms().get(0).contains("Process " + process.pid() + " has ended without a word: "));
        }
        Adoption adoption = adoptions.poll(5, TimeUnit.SECONDS);
        assertEquals(Adoption.ofListeners(process.pid(), 1, adoption.queued(), true), adoption);
        assertTrue(adoption.queued() > 0, adoption::toJson);
        assertEquals(2, ((DrainingServerConnector) survivor.connector).getMembers(), "its listener lives on");
    }

    /** A keeper that stops makes its wards look for another one. */
    @Test
    void anotherOneTakesThePlaceOfAKeeperThatStops() throws Exception {
        TestServer keeper = start(0);
        startProcess(keeper.port());
        String first = awaitKeeperOfProcess(""); // There is no other yet.
        TestServer next = start(keeper.port());
        keeper.server.stop();
        awaitKeeperOfProcess(first);
        freeze();
        List<TestClient> clients = TestClient.connectAndSend(next.port(), CLIENTS);
        process.destroyForcibly().waitFor();

        assertAllAnswered(clients);
    }

    /** A keeper that does not answer costs a stop no client, and little time. */
    @Test
    void aFrozenKeeperHarmsNobody() throws Exception {
        TestServer old = start(0);
        startProcess(old.port());
        Awaitility.await()
                .until(() ->
                        !((DrainingServerConnector) old.connector).getKeeper().isEmpty());
        freeze();
        List<TestClient> clients = TestClient.connectAndSend(old.port(), CLIENTS);
        long begin = System.nanoTime();
        old.server.stop();
        long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin);
        signal("CONT");

        assertAllAnswered(clients);
        assertTrue(millis < 3000, millis + " ms");
        assertTrue(old.report().isLossless(), old.report()::toJson);
    }

    private TestServer start(int port) throws Exception {
        TestServer server = new TestServer(TestServer::draining);
        servers.add(server);
        server.connector.setPort(port);
        ((DrainingServerConnector) server.connector).setDrainStrategy("hand-over");
        ((DrainingServerConnector) server.connector).setKeepAliveGrace(50);
        return server.start();
    }

    private static void awaitWard(TestServer server) {
        Awaitility.await().until(() -> wards(server) == 1);
    }

    private static int wards(TestServer server) {
        return ((DrainingServerConnector) server.connector).getWards();
    }

    /** Waits until the process has a keeper, and another one than before. */
    private String awaitKeeperOfProcess(String before) {
        return Awaitility.await().until(this::keeperOfProcess, keeper -> !keeper.isEmpty() && !keeper.equals(before));
    }

    private String keeperOfProcess() throws IOException {
        process.outputWriter().append("\n").flush();
        String line;
        do {
            line = process.inputReader().readLine();
        } while (!line.startsWith(KEEPER));
        return line.substring(KEEPER.length());
    }

    private void startProcess(int port) throws IOException {
        process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        String.join(File.pathSeparator, TestJvm.classPath()),
                        Application.class.getName(),
                        Integer.toString(port))
                .redirectErrorStream(true)
                .start();
        BufferedReader output = process.inputReader();
        for (String line; (line = output.readLine()) != null && !line.equals("READY"); ) {
            System.out.println(line);
        }
        Awaitility.await().atMost(Duration.ofSeconds(10)).until(process::isAlive);
    }

    /** Returns when all threads have stopped: one that still ran could accept, and what is accepted dies with it. */
    private void freeze() throws Exception {
        signal("STOP");
        Awaitility.await()
                .pollInterval(Duration.ofMillis(1))
                .ignoreExceptions() // A thread may end meanwhile.
                .until(this::isFrozen);
    }

    private boolean isFrozen() throws IOException {
        try (DirectoryStream<Path> threads = Files.newDirectoryStream(Path.of("/proc/" + process.pid() + "/task"))) {
            for (Path thread : threads) {
                String stat = Files.readString(thread.resolve("stat")); // proc(5): the state comes after the name.
                if (stat.charAt(stat.lastIndexOf(')') + 2) != 'T') {
                    return false;
                }
            }
        }
        return true;
    }

    private void signal(String name) throws Exception {
        assertEquals(
                0,
                new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
                        .start()
                        .waitFor());
    }

    private static void assertAllAnswered(List<TestClient> clients) throws Exception {
        for (TestClient client : clients) {
            assertTrue(TestClient.isAnswered(client.readResponse()));
            client.close();
        }
    }

    /** Shares the port until it is killed, and tells who its keeper is when it is asked. */
    static final class Application {
        private Application() {}

        public static void main(String[] arguments) throws Exception {
            TestServer server = new TestServer(TestServer::draining);
            server.connector.setPort(Integer.parseInt(arguments[0]));
            ((DrainingServerConnector) server.connector).setDrainStrategy("hand-over");
            server.start();
            System.out.println("READY");
            while (System.in.read() >= 0) { // Each byte asks, until the test ends.
                System.out.println(KEEPER + ((DrainingServerConnector) server.connector).getKeeper());
            }
        }
    }
}
