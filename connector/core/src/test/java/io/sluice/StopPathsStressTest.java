package io.sluice;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/**
 * All ways to stop at random moments, several at once, with clients that connect and send all the time. Chance comes
 * from a seed, which a failure names: {@code -Dsluice.stress.seed=...} begins with that round, {@code
 * -Dsluice.stress.seconds=...} goes on for longer.
 */
@Tag("slow")
@EnabledOnOs(OS.LINUX)
class StopPathsStressTest {
    private static final long FIRST_SEED = Long.getLong("sluice.stress.seed", System.nanoTime());
    private static final long SECONDS = Long.getLong("sluice.stress.seconds", 20);
    private static final int MOST_ROUNDS_PER_SECOND = 20;

    @Test
    void nobodyIsLostAndNothingIsLeft() {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
        long answered = 0;
        int number = 0;
        for (; number < SECONDS * MOST_ROUNDS_PER_SECOND && System.nanoTime() < end; number++) {
            long seed = FIRST_SEED + number;
            try (StressRound round = new StressRound(seed)) {
                answered += round.run();
            } catch (Exception | AssertionError x) {
                throw new AssertionError("round %d; -Dsluice.stress.seed=%d".formatted(number, seed), x);
            }
        }
        assertTrue(answered > number, answered + " requests in " + number + " rounds");
    }
}
