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
class DrainLockTest {
    private static final Duration LONG = Duration.ofSeconds(20);

    private final String name = "test-" + UUID.randomUUID();
    private final DrainLock first = new DrainLock(name);
    private final DrainLock second = new DrainLock(name);

    @AfterEach
    void unlock() {
        first.unlock();
        second.unlock();
    }

    /** Two drains of one group: one holds the lock, the other goes without as soon as its bound is over. */
    @Test
    void onlyOneHoldsTheLock() {
        assertTrue(first.tryLock(Duration.ZERO));

        long start = System.nanoTime();
        assertFalse(second.tryLock(Duration.ZERO));
        assertFalse(second.tryLock(Duration.ofMillis(100)));
        Duration waited = Duration.ofNanos(System.nanoTime() - start);

        assertTrue(waited.toMillis() >= 100, "gave up after " + waited);
        assertTrue(waited.toMillis() < 5000, "gave up only after " + waited);
    }

    /** Whoever waits gets the lock when the holder unlocks, not before and not only at the end of its bound. */
    @Test
    void theNextGetsTheLockWhenTheFirstUnlocks() throws Exception {
        assertTrue(first.tryLock(Duration.ZERO));
        CompletableFuture<Boolean> next = CompletableFuture.supplyAsync(() -> second.tryLock(LONG));
        assertThrows(TimeoutException.class, () -> next.get(100, TimeUnit.MILLISECONDS));

        long end = System.nanoTime();
        first.unlock();

        assertTrue(next.get());
        assertTrue(System.nanoTime() - end < LONG.toNanos() / 2, "the lock came late");
        assertFalse(first.tryLock(Duration.ZERO));
    }

    /** The drain's thread was interrupted: it waits all the same, without spinning, and stays interrupted. */
    @Test
    void anInterruptDoesNotMakeItSpin() {
        assertTrue(first.tryLock(Duration.ZERO));
        Duration bound = Duration.ofMillis(400);
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        long start = System.nanoTime();
        long startCpu = threads.getCurrentThreadCpuTime();

        Thread.currentThread().interrupt();
        assertFalse(second.tryLock(bound));

        assertTrue(Thread.interrupted(), "forgot the interrupt");
        assertTrue(System.nanoTime() - start >= bound.toNanos(), "cut short");
        long cpu = threads.getCurrentThreadCpuTime() - startCpu;
        assertTrue(cpu < bound.toNanos() / 2, "%d ms of processor time".formatted(cpu / 1_000_000));
    }

    /** A lock can be taken again after it was opened, and opening one that is not held does no harm. */
    @Test
    void aLockCanBeTakenAgain() {
        second.unlock();
        assertTrue(first.tryLock(Duration.ZERO));
        second.unlock();
        assertFalse(second.tryLock(Duration.ZERO), "opened the lock of another");
        first.unlock();
        first.unlock();
        assertTrue(second.tryLock(Duration.ZERO));
    }

    /** Groups on different addresses or ports do not wait for each other, nor does one whose name begins the same. */
    @Test
    void differentNamesDoNotMeet() {
        assertTrue(first.tryLock(Duration.ZERO));
        DrainLock other = new DrainLock(name + "1");
        assertTrue(other.tryLock(Duration.ZERO));
        other.unlock();
    }

    /** A process that is killed while it drains leaves nothing behind. */
    @Test
    void theLockVanishesWithItsHolder() throws Exception {
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
            assertFalse(first.tryLock(Duration.ZERO));

            holder.destroyForcibly().waitFor();

            assertTrue(first.tryLock(LONG));
        } finally {
            holder.destroyForcibly();
        }
    }

    /** Takes the lock and keeps it until it is killed, or its parent is gone. */
    static final class Holder {
        private Holder() {}

        public static void main(String[] args) throws IOException {
            System.out.println(new DrainLock(args[0]).tryLock(Duration.ZERO) ? "taken" : "refused");
            System.in.read();
        }
    }
}
