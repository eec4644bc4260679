package io.sluice.it.clients;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class RepeatedRunsTest {
    @Test
    void eachRunIsCountedAndTheLastOneIsNotBroken() throws Exception {
        AtomicInteger runs = new AtomicInteger();
        CountDownLatch some = new CountDownLatch(20);
        try (RepeatedRuns load = RepeatedRuns.start(3, Duration.ZERO, () -> {
            TimeUnit.MILLISECONDS.sleep(1);
            runs.incrementAndGet();
            some.countDown();
            return Tally.ok();
        })) {
            some.await();
            assertTrue(load.isRunning());
            Tally tally = load.stop();
            assertEquals(new Tally(runs.get(), 0, 0, 0), tally);
            assertFalse(load.isRunning());
        }
    }

    @Test
    void aProgramThatCannotBeStartedEndsTheLoad() throws Exception {
        ShortRun run = new ShortRun(List.of("/no/such/program"), new WrkOutput());
        try (RepeatedRuns load = RepeatedRuns.start(1, Duration.ZERO, run)) {
            while (load.isRunning()) {
                TimeUnit.MILLISECONDS.sleep(5);
            }
            assertThrows(IOException.class, load::stop);
        }
    }
}
