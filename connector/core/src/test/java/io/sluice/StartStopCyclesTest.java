package io.sluice;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.linux.ReusePortProgram;
import java.io.IOException;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** A server is started and stopped many times in one JVM, {@code sluice.cycles} of them: nothing may pile up. */
@Tag("slow")
@Timeout(300)
@EnabledOnOs(OS.LINUX)
class StartStopCyclesTest {
    private static final int CYCLES = Integer.getInteger("sluice.cycles", 1000);
    private static final int CYCLES_OF_A_NEIGHBOUR = 10;
    private static final long SLACK = 4;
    private static final long HEAP_SLACK = 8 << 20;
    private static final long DIRECT_SLACK = 4 << 20;
    private static final long OUTSIDE_HEAP_SLACK = 48 << 20;

    /** Its neighbour on the port stays for some cycles, so that half of the drains steer to it and leave a program. */
    @Test
    void nothingPilesUp() throws Exception {
        try (TestServer neighbour = server();
                TestServer server = server()) {
            neighbour.start();
            neighbour.connector.setPort(neighbour.port()); // To have the same again.
            server.connector.setPort(neighbour.port());
            cycles(neighbour, server, CYCLES / 4); // Classes are loaded, pools filled, code compiled.
            String before = inventory(server);
            Footprint first = Footprint.now();

            cycles(neighbour, server, (CYCLES - CYCLES / 4) / 2);
            Footprint half = Footprint.now();
            int steered = cycles(neighbour, server, (CYCLES - CYCLES / 4) / 2);

            assertTrue(steered >= CYCLES / 8, "steered only " + steered + " times");
            assertEquals(before, inventory(server));
            await().atMost(10, TimeUnit.SECONDS).untilAsserted(() -> assertNotGrown(first, half, Footprint.now()));
            assertEquals(List.of(), turns(server));
        }
    }

    private static TestServer server() {
        QueuedThreadPool pool = new QueuedThreadPool(8, 8);
        pool.setReservedThreads(0);
        return new TestServer(pool, TestServer::draining);
    }

    /** Returns how many drains steered. */
    private static int cycles(TestServer neighbour, TestServer server, int cycles) throws Exception {
        DrainStrategy[] strategies = {
            DrainStrategy.STEER, DrainStrategy.GATE, DrainStrategy.STEER, DrainStrategy.TWO_PASS
        };
        int steered = 0;
        for (int cycle = 0; cycle < cycles; cycle++) {
            if (cycle % CYCLES_OF_A_NEIGHBOUR == 0) {
                neighbour.server.stop();
                neighbour.start();
            }
            DrainStrategy strategy = strategies[cycle % strategies.length];
            ((DrainingServerConnector) server.connector).setDrainStrategy(strategy);
            server.start();
            if (strategy == DrainStrategy.STEER) {
                assertFalse(
                        ReusePortProgram.detach((ServerSocketChannel) server.connector.getTransport()),
                        "the program of an earlier drain is still there");
            }
            for (TestClient client : TestClient.connectAndSend(server.port(), 2)) {
                assertTrue(TestClient.isAnswered(client.readResponse()));
                client.close();
            }
            server.server.stop();
            assertTrue(server.report().isLossless(), server.report().toJson());
            steered += server.report().strategy() == DrainStrategy.STEER ? 1 : 0;
        }
        return steered;
    }

    private static void assertNotGrown(Footprint first, Footprint half, Footprint now) {
        String all = first + ", " + half + ", " + now;
        assertTrue(now.descriptors() <= first.descriptors() + SLACK, all);
        assertTrue(now.threads() <= first.threads() + SLACK, all);
        assertTrue(now.heap() <= half.heap() + HEAP_SLACK, all);
        assertTrue(now.direct() <= half.direct() + DIRECT_SLACK, all);
        assertTrue(now.outsideHeap() <= half.outsideHeap() + OUTSIDE_HEAP_SLACK, all);
    }

    /** What the server and the connector are made of, and who listens to them. */
    private static String inventory(TestServer server) {
        return "%d and %d beans, %d and %d listeners, %d customizers"
                .formatted(
                        server.server.getBeans().size(),
                        server.connector.getBeans().size(),
                        server.server.getEventListeners().size(),
                        server.connector.getEventListeners().size(),
                        server.connector.getContainedBeans(HttpConfiguration.ConnectionFactory.class).stream()
                                .mapToInt(factory -> factory.getHttpConfiguration()
                                        .getCustomizers()
                                        .size())
                                .sum());
    }

    /** The locks of drains that are still held. */
    private static List<String> turns(TestServer server) throws IOException {
        return Files.readAllLines(Path.of("/proc/self/net/unix")).stream()
                .filter(socket -> socket.endsWith("@sluice-drain-127.0.0.1-" + server.connector.getPort()))
                .toList();
    }
}
