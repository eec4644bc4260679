package io.sluice.it.chaos;

/** What a cell may lose. Where faults come together, the last of theirs in this order is allowed. */
enum Loss {
    /** Nothing: clients see no loss, and the reports tell of none. */
    NONE,

    /** What the reports call at risk, at most. */
    AT_RISK,

    /** What the reports tell of, and no request more or less. */
    AS_REPORTED,

    /** What was under way in a process that was killed: at most one request of each client for each kill. */
    OF_THE_KILLED
}
