package io.sluice.linux;

import java.net.SocketAddress;
import java.time.Duration;

/**
 * What the kernel can do about connections that are on their way to one listener. All that a drain asks of the operating
 * system is here; {@link #NONE} can do none of it. Used by one thread at a time. Several listeners of one connector have
 * one turn, are probed at once, and are steered around as soon as the indexes of all of them are known.
 */
public interface KernelListener {
    /** What cannot be counted. */
    int UNKNOWN = -1;

    /** For platforms without native access: nothing can be seen or steered. */
    KernelListener NONE = new KernelListener() {};

    /**
     * Waits for this listener's turn to steer: the reuseport group has one program, and two drains would overwrite each
     * other's.
     *
     * @param bound the longest wait
     * @return false if another listener of the group holds the turn for longer, or there is none but those of the connector
     */
    default boolean takeTurn(Duration bound) {
        return false;
    }

    /**
     * The number of listeners that share the port: same network namespace, address, port, user, device, and IPv6-only or
     * not.
     *
     * @return at least 1, or {@link #UNKNOWN}
     */
    default int members() {
        return UNKNOWN;
    }

    /** Sends a probe to each member of the group; those that are accepted tell the indexes of their listeners. */
    default void probe() {}

    /**
     * Whether an accepted connection is one of our probes, to be closed instead of served.
     *
     * @param client the client's address
     * @return true for a probe
     */
    default boolean isProbe(SocketAddress client) {
        return false;
    }

    /**
     * Sends new SYNs to the other members of the group.
     *
     * @return false as long as no probe has told which member we are; nothing is steered then
     */
    default boolean steer() {
        return false;
    }

    /** Drops new SYNs, which clients send again a second later; handshakes under way go on. */
    default void gate() {}

    /**
     * Behind the gate, drops the last ACKs of handshakes by syncookie too, which nobody can see half-open: the clients'
     * data comes again, and whoever then gets it completes the handshake. For the moment before the close only, because
     * connections that are completed now may receive nothing until {@link #ungateAccepted}.
     */
    default void shut() {}

    /**
     * Lets connections that were completed behind the gate and accepted since receive data, where the gate, or {@link
     * #shut}, kept them from it.
     */
    default void ungateAccepted() {}

    /**
     * The half-open handshakes of this listener.
     *
     * @return how many have begun and are not over; 0 if they cannot be seen
     */
    default int halfOpen() {
        return 0;
    }

    /**
     * The length of our accept queue.
     *
     * @return connections, or {@link #UNKNOWN}
     */
    default int queueLength() {
        return UNKNOWN;
    }

    /**
     * Leaves the group, with the last SYN steered away and none after it: the kernel's listener is closed on return, the
     * channel is not yet. Where nothing was steered, the channel's own close does it.
     */
    default void leave() {}

    /**
     * Ends the steering that other members have left behind, by leaving the group or by being killed in a drain.
     *
     * @param bound how long to wait for a drain that is under way
     */
    default void detachLeftover(Duration bound) {}

    /** Gives the turn to the next. */
    default void endTurn() {}
}
