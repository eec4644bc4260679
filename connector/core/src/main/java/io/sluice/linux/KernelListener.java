package io.sluice.linux;

import java.net.SocketAddress;

/**
 * What the kernel does for one listener, and tells of it. {@link #NONE} can do none of it. A drain uses it in one thread;
 * only {@link #queueLength} may be asked from any thread.
 */
public interface KernelListener {
    /** A count that the kernel does not tell. */
    int UNKNOWN = -1;

    /** The listener of a platform without native access: nothing can be seen or dropped. */
    KernelListener NONE = new KernelListener() {};

    /**
     * Tells whether an accepted connection is one of our own probes, which is closed instead of served. A probe tells the
     * index of this listener in its group.
     *
     * @param client the client's address
     * @return true for a probe
     */
    default boolean isProbe(SocketAddress client) {
        return false;
    }

    /** Drops new SYNs, which clients send again a second later; handshakes under way go on. */
    default void dropSyns() {}

    /**
     * Drops the last ACKs of handshakes by syncookie too, which nobody can see half-open: the client's data comes again,
     * and the member that then gets it completes the handshake. This is for the moment before the close only, because
     * connections that are completed now may receive nothing until {@link #releaseAccepted}.
     */
    default void dropCookieAcks() {}

    /** Lets connections receive data that were completed while this listener dropped packets, and accepted since. */
    default void releaseAccepted() {}

    /**
     * Counts the half-open handshakes of this listener.
     *
     * @return handshakes that have begun and are not over; 0 if they cannot be seen
     */
    default int halfOpen() {
        return 0;
    }

    /**
     * Tells the length of the accept queue.
     *
     * @return connections, or {@link #UNKNOWN}
     */
    default int queueLength() {
        return UNKNOWN;
    }

    /** Frees what watching this listener needs. It is called when the channel is closed, which is not done here. */
    default void close() {}
}
