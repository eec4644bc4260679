package io.sluice.examples.rolling;

import java.util.Locale;

/**
 * A worker as the live view shows it.
 *
 * @param pid its process
 * @param doing what it does
 */
record WorkerState(long pid, Doing doing) {
    /** What a worker can be doing. */
    enum Doing {
        STARTING,
        SERVING,
        DRAINING;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }
}
