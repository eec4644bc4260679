package io.sluice.examples.rolling;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;

/** Requests per second over the last second, from a count that is looked at now and then. */
final class RequestRate {
    private static final Duration WINDOW = Duration.ofSeconds(1);

    private final Deque<Count> counts = new ArrayDeque<>();

    /**
     * Looks at the count.
     *
     * @param nanos when, a time of {@link System#nanoTime}
     * @param finished the count
     * @return requests per second, 0 at the first look
     */
    long perSecond(long nanos, long finished) {
        counts.addLast(new Count(nanos, finished));
        while (nanos - counts.getFirst().nanos > WINDOW.toNanos()) {
            counts.removeFirst();
        }
        Count first = counts.getFirst();
        long elapsed = nanos - first.nanos;
        return elapsed == 0
                ? 0
                : Math.round((double) (finished - first.finished) * TimeUnit.SECONDS.toNanos(1) / elapsed);
    }

    private record Count(long nanos, long finished) {}
}
