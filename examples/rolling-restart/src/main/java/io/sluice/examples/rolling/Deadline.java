package io.sluice.examples.rolling;

import java.net.SocketTimeoutException;
import java.time.Duration;

/**
 * When a request must be over.
 *
 * @param nanos a time of {@link System#nanoTime}
 */
record Deadline(long nanos) {
    static Deadline after(Duration timeout) {
        return new Deadline(System.nanoTime() + timeout.toNanos());
    }

    /** The time left in the form that sockets take, where 0 would mean forever. */
    int millisLeft() throws SocketTimeoutException {
        long left = nanos - System.nanoTime();
        if (left <= 0) {
            throw new SocketTimeoutException("the time for this request is over");
        }
        return (int)
                Math.min(Integer.MAX_VALUE, Math.max(1, Duration.ofNanos(left).toMillis()));
    }
}
