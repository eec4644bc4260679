package io.sluice.examples.rolling;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ScheduleTest {
    private static final long SECOND = 1_000_000_000;

    /** 3 requests a second are 333,333,333.3 ns apart: in an hour that third of a nanosecond adds up to 3.6 µs. */
    @ParameterizedTest
    @ValueSource(ints = {1, 3, 7, 300, 9999})
    void doesNotDrift(int rate) {
        Schedule schedule = new Schedule(-5, rate);
        assertEquals(-5, schedule.dueNanos(0));
        assertEquals(-5 + 3600 * SECOND, schedule.dueNanos(3600L * rate));
    }

    @Test
    void requestsAreEvenlyApart() {
        Schedule schedule = new Schedule(Long.MAX_VALUE - SECOND, 300);
        for (long index = 0; index < 10_000; index++) {
            long gap = schedule.dueNanos(index + 1) - schedule.dueNanos(index);
            assertTrue(gap == SECOND / 300 || gap == SECOND / 300 + 1, "before " + (index + 1) + ": " + gap);
        }
    }
}
