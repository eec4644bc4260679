package io.sluice.examples.rolling;

import java.util.concurrent.TimeUnit;

/**
 * When each request of an open loop is due, whatever became of those before it.
 *
 * @param startNanos when the first one is due, a time of {@link System#nanoTime}
 * @param rate requests per second
 */
record Schedule(long startNanos, int rate) {
    /** Each from the start, not from the one before: what is rounded off does not add up. */
    long dueNanos(long index) {
        long second = TimeUnit.SECONDS.toNanos(1);
        return startNanos + index / rate * second + index % rate * second / rate;
    }
}
