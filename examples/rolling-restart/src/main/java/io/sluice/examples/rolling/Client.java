package io.sluice.examples.rolling;

import java.time.Duration;

/** Sends the requests of a load. Many threads use it at once. */
@FunctionalInterface
interface Client {
    /**
     * Sends {@code GET /} and reads the whole response. Never repeats it.
     *
     * @param limit for the whole exchange, connect included
     */
    Outcome get(Duration limit);
}
