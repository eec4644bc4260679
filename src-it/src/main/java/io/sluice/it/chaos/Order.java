package io.sluice.it.chaos;

/** How workers replace one another. */
enum Order {
    /** A new one is started, and when it serves the oldest is stopped. */
    NEW_FIRST,

    /** The oldest is stopped, and when it has ended a new one is started. */
    OLD_FIRST,

    /** Two new ones are started at once, and when both serve the two oldest are stopped, one after the other. */
    TWO_BY_TWO,

    /** As many as there are new ones are started at once, and then all old ones are stopped at once. */
    ALL_AT_ONCE
}
