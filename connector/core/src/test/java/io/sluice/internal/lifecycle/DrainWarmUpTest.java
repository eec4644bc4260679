package io.sluice.internal.lifecycle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.DrainReport;
import io.sluice.DrainStrategy;
import io.sluice.DrainingServerConnector;
import io.sluice.TestJvm;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.server.Server;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Timeout(60)
@EnabledOnOs(OS.LINUX)
class DrainWarmUpTest {
    /** All steps are taken, as in a drain that matters. */
    @ParameterizedTest
    @EnumSource(names = {"HAND_OVER", "STEER", "GATE"})
    void itIsADrain(DrainStrategy strategy) throws Exception {
        Server server = new Server();
        DrainingServerConnector connector = new DrainingServerConnector(server, 1, 1);
        server.addConnector(connector);
        server.start();
        List<DrainReport> reports = DrainWarmUp.drain(strategy, connector);
        server.stop();

        assertEquals(2, reports.size());
        assertEquals(strategy, reports.get(0).strategy(), reports::toString);
        assertEquals(3, reports.get(0).members(), reports::toString);
        assertTrue(reports.stream().allMatch(DrainReport::isLossless), reports::toString);
        boolean handsOver = reports.get(1).strategy() == DrainStrategy.HAND_OVER;
        assertFalse(handsOver, "nobody is left to take over: " + reports);
    }

    /** Its listener was closed under it, with a WARN that told of a loss. */
    @Test
    void aStopInItsMiddleDoesNotHarmIt() throws Exception {
        Server server = new Server();
        DrainingServerConnector connector = new DrainingServerConnector(server, 1, 1);
        server.addConnector(connector);
        server.start();
        server.stop();

        List<DrainReport> reports = DrainWarmUp.drain(DrainStrategy.HAND_OVER, connector);

        assertEquals(2, reports.size());
        assertEquals(DrainStrategy.HAND_OVER, reports.get(0).strategy(), reports::toString);
        assertTrue(reports.stream().allMatch(DrainReport::isLossless), reports::toString);
    }

    /** Systemd would keep its listener for good, and have no room for that of the service some starts later. */
    @Test
    void anEndInItsMiddleStoresNothing() throws Exception {
        String output = new TestJvm("env", "NOTIFY_SOCKET=/nonexistent", "FDSTORE=8").run(AtTheEnd.class);

        assertTrue(output.contains("warmed up 2 times"), output);
        assertFalse(output.contains("does not store"), output);
    }

    /** What that JVM runs. */
    static final class AtTheEnd {
        private AtTheEnd() {}

        public static void main(String[] args) {
            DrainingServerConnector connector = new DrainingServerConnector(new Server(), 1, 1);
            Runtime.getRuntime()
                    .addShutdownHook(new Thread(() -> System.out.printf(
                            "%nwarmed up %d times%n",
                            DrainWarmUp.drain(DrainStrategy.HAND_OVER, connector)
                                    .size())));
        }
    }

    /** A start warms the drain up, once in its JVM, and does not wait for it. */
    @Test
    void aStartWarmsUpOnce() throws Exception {
        String output = new TestJvm()
                .options("-Dorg.slf4j.simpleLogger.log.io.sluice.internal.lifecycle.DrainWarmUp=debug")
                .run(TwoStarts.class);

        assertEquals(2, output.split("Warmed up: ", -1).length - 1, output); // One hands over, and one does not.
    }

    /** What the JVM runs. */
    static final class TwoStarts {
        private TwoStarts() {}

        public static void main(String[] args) throws Exception {
            for (int i = 0; i < 2; i++) {
                Server server = new Server();
                server.addConnector(new DrainingServerConnector(server, 1, 1));
                server.start();
                long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
                while (isWarmingUp() && System.nanoTime() < end) {
                    TimeUnit.MILLISECONDS.sleep(10);
                }
                server.stop();
            }
        }

        private static boolean isWarmingUp() {
            return Thread.getAllStackTraces().keySet().stream()
                    .anyMatch(thread -> thread.getName().equals("sluice-warm-up"));
        }
    }
}
