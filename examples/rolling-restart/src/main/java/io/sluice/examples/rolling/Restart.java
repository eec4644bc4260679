package io.sluice.examples.rolling;

import java.time.Duration;

/**
 * The replacement of one worker. The times are from the start of measuring.
 *
 * @param number from 1
 * @param oldPid the worker that was stopped
 * @param newPid its successor
 * @param started when the successor was started
 * @param ready when it was READY, and the old worker was sent SIGTERM
 * @param ended when the old worker had ended
 */
record Restart(int number, long oldPid, long newPid, Duration started, Duration ready, Duration ended) {
    Duration startTook() {
        return ready.minus(started);
    }

    Duration stopTook() {
        return ended.minus(ready);
    }
}
