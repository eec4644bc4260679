package io.sluice.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Path;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

@Timeout(30)
@EnabledOnOs(OS.LINUX)
class DrainTurnTest {
    private static final Duration LONG = Duration.ofSeconds(20);

    private final String name = "test-" + UUID.randomUUID();
    private final DrainTurn first = new DrainTurn(name);
    private final DrainTurn second = new DrainTurn(name);

    @AfterEach
    void endTurns() {
        first.end();
        second.end();
    }

    /** Two drains of one group: one holds the turn, the other goes without as soon as its bound is over. */
    @Test
    void onlyOneHoldsTheTurn() {
        assertTrue(first.take(Duration.ZERO));

        long start = System.nanoTime();
        assertFalse(second.take(Duration.ZERO));
        assertFalse(second.take(Duration.ofMillis(100)));
        Duration waited = Duration.ofNanos(System.nanoTime() - start);

        assertTrue(waited.toMillis() >= 100, "gave up after " + waited);
        assertTrue(waited.toMillis() < 5000, "gave up only after " + waited);
    }

    /** Whoever waits gets the turn when the holder ends it, not before and not only at the end of its bound. */
    @Test
    void theNextGetsTheTurnWhenTheFirstEnds() throws Exception {
        assertTrue(first.take(Duration.ZERO));
        CompletableFuture<Boolean> next = CompletableFuture.supplyAsync(() -> second.take(LONG));
        assertThrows(TimeoutException.class, () -> next.get(100, TimeUnit.MILLISECONDS));

        long end = System.nanoTime();
        first.end();

        assertTrue(next.get());
        assertTrue(System.nanoTime() - end < LONG.toNanos() / 2, "the turn came late");
        assertFalse(first.take(Duration.ZERO));
    }

    /** The drain's thread was interrupted: it waits all the same, without spinning, and stays interrupted. */
    @Test
    void anInterruptDoesNotMakeItSpin() {
        assertTrue(first.take(Duration.ZERO));
        Duration bound = Duration.ofMillis(400);
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        long start = System.nanoTime();
        long startCpu = threads.getCurrentThreadCpuTime();

        Thread.currentThread().interrupt();
        assertFalse(second.take(bound));

        assertTrue(Thread.interrupted(), "forgot the interrupt");
        assertTrue(System.nanoTime() - start >= bound.toNanos(), "cut short");
        long cpu = threads.getCurrentThreadCpuTime() - startCpu;
        assertTrue(cpu < bound.toNanos() / 2, "%d ms of processor time".formatted(cpu / 1_000_000));
    }

    /** A turn can be taken again after its end, and ending one that is not held does no harm. */
    @Test
    void aTurnCanBeTakenAgain() {
        second.end();
        assertTrue(first.take(Duration.ZERO));
        second.end();
        assertFalse(second.take(Duration.ZERO), "ended the turn of another");
        first.end();
        first.end();
        assertTrue(second.take(Duration.ZERO));
    }

    /** Groups on different addresses or ports do not wait for each other, nor does one whose name begins the same. */
    @Test
    void differentNamesDoNotMeet() {
        assertTrue(first.take(Duration.ZERO));
        DrainTurn other = new DrainTurn(name + "1");
        assertTrue(other.take(Duration.ZERO));
        other.end();
    }

    /** A process that is killed while it drains leaves nothing behind. */
    @Test
    void theTurnVanishesWithItsHolder() throws Exception {
        Process holder = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Holder.class.getName(),
                        name)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (BufferedReader out = holder.inputReader()) {
            assertEquals("taken", out.readLine());
            assertFalse(first.take(Duration.ZERO));

            holder.destroyForcibly().waitFor();

            assertTrue(first.take(LONG));
        } finally {
            holder.destroyForcibly();
        }
    }

    /** Takes the turn and keeps it until it is killed, or its parent is gone. */
    static final class Holder {
        private Holder() {}

        public static void main(String[] args) throws IOException {
            System.out.println(new DrainTurn(args[0]).take(Duration.ZERO) ? "taken" : "refused");
            System.in.read();
        }
    }
}
