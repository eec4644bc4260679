package io.sluice.it.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class LoadTest {
    private static final Duration LONG = Duration.ofSeconds(20);

    /** Does the same again and again. */
    private record Repeating(Exchange repeated) implements Client {
        @Override
        public void exchange() throws IOException {
            repeated.once();
        }

        @Override
        public void close() {}
    }

    private interface Exchange {
        void once() throws IOException;
    }

    @Test
    void eachExchangeIsCounted() throws Exception {
        AtomicInteger exchanges = new AtomicInteger();

        Load.Result result = Load.start(
                        3, Pace.EAGER, Duration.ofMillis(50), () -> new Repeating(exchanges::incrementAndGet))
                .await();

        assertTrue(exchanges.get() > 0);
        assertEquals(exchanges.get(), result.exchanges());
        assertEquals(exchanges.get() * 1e9 / result.nanos(), result.perSecond());
    }

    @Test
    void oneFailureFailsTheLoad() {
        Load load = Load.start(
                1,
                Pace.EAGER,
                LONG,
                () -> new Repeating(() -> {
                    throw new IOException("no answer");
                }));

        IOException failure = assertThrows(IOException.class, load::await);
        assertEquals("no answer", failure.getCause().getMessage());
    }

    /** Five are due while the only client hangs in the first: the last of them has waited least. */
    @Test
    void whatAStallDelaysCountsAsDelayed() throws Exception {
        AtomicInteger exchanges = new AtomicInteger();
        Load load = Load.start(
                1,
                Pace.perSecond(100),
                LONG,
                () -> new Repeating(() -> {
                    if (exchanges.getAndIncrement() == 0) {
                        sleep(50);
                    }
                }));
        while (exchanges.get() < 5) {
            sleep(1);
        }

        Load.Result result = load.stop();

        assertTrue(result.exchanges() >= 5, () -> result.exchanges() + " exchanges");
        assertTrue(result.latencies().getCountBetweenValues(15_000_000, Long.MAX_VALUE) >= 3);
    }

    private static void sleep(int millis) {
        try {
            TimeUnit.MILLISECONDS.sleep(millis);
        } catch (InterruptedException x) {
            throw new IllegalStateException(x);
        }
    }
}
