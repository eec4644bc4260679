package io.sluice.internal.handover;

/** What another process has a connection to us for that lasts. It has a thread of its own. */
interface Session {
    /** Goes on until the other side ends the connection, or we do. */
    void serve();

    /** Ends it, from another thread. */
    void leave();
}
