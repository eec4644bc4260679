package io.sluice.it.chaos;

import java.time.Duration;

/**
 * The network between clients and workers.
 *
 * @param roundTrip there and back
 * @param lossRate how many packets are lost in each direction, 0 to 1
 */
record Distance(Duration roundTrip, double lossRate) {
    /** They are on one machine. */
    static final Distance NONE = new Distance(Duration.ZERO, 0);

    boolean isNone() {
        return equals(NONE);
    }
}
