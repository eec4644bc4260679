package io.sluice.internal.lifecycle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.DrainReport;
import io.sluice.DrainStrategy;
import io.sluice.DrainingServerConnector;
import io.sluice.TestJvm;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.util.thread.ScheduledExecutorScheduler;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Timeout(60)
@EnabledOnOs(OS.LINUX)
class DrainWarmUpTest {
    /** All steps are taken, as in a drain that matters, in little time. */
    @ParameterizedTest
    @EnumSource(names = {"STEER", "GATE"})
    void itIsADrain(DrainStrategy strategy) {
        DrainReport report = DrainWarmUp.drain(strategy, new ScheduledExecutorScheduler());

        assertNotNull(report);
        assertEquals(strategy, report.strategy(), report::toJson);
        assertEquals(2, report.members());
        assertTrue(report.isLossless(), report::toJson);
    }

    /** A start warms the drain up, once in its JVM, and does not wait for it. */
    @Test
    void aStartWarmsUpOnce() throws Exception {
        String output = new TestJvm()
                .options("-Dorg.slf4j.simpleLogger.log.io.sluice.internal.lifecycle.DrainWarmUp=debug")
                .run(TwoStarts.class);

        assertEquals(1, output.split("Warmed up: ", -1).length - 1, output);
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
