package io.sluice.examples.rolling;

import java.time.Duration;

/**
 * When the phases of a load begin. A request belongs to the phase in which it was due, however long it takes.
 *
 * @param startNanos when the load starts, a time of {@link System#nanoTime}
 * @param warmUp how long nothing is measured
 * @param calm how long there are no restarts after that
 */
record Timeline(long startNanos, Duration warmUp, Duration calm) {
    Phase phaseAt(long nanos) {
        if (nanos - measuredNanos() < 0) {
            return Phase.WARM_UP;
        }
        return nanos - restartsNanos() < 0 ? Phase.CALM : Phase.RESTARTS;
    }

    /** When measuring starts. */
    long measuredNanos() {
        return startNanos + warmUp.toNanos();
    }

    /** When the restarts start. */
    long restartsNanos() {
        return measuredNanos() + calm.toNanos();
    }

    /** How long after the start of measuring this was. */
    Duration at(long nanos) {
        return Duration.ofNanos(nanos - measuredNanos());
    }
}
