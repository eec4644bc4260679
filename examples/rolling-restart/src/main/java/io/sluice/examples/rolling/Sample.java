package io.sluice.examples.rolling;

import java.time.Duration;

/**
 * One request of an open loop. All times are of {@link System#nanoTime}.
 *
 * @param dueNanos when it was to be sent
 * @param sentNanos when it was sent, or given up
 * @param doneNanos when its outcome was known
 * @param outcome what became of it
 */
record Sample(long dueNanos, long sentNanos, long doneNanos, Outcome outcome) {
    /** A request that is sent so late is overdue: this machine, or the limit of requests under way, held it back. */
    static final Duration OVERDUE = Duration.ofMillis(10);

    /**
     * From when it was due. From when it was sent would leave out what a request has to wait for those before it, and
     * so hide a stall from all but one of the requests that it hits (coordinated omission).
     */
    long latencyNanos() {
        return doneNanos - dueNanos;
    }

    boolean isOverdue() {
        return sentNanos - dueNanos >= OVERDUE.toNanos();
    }
}
