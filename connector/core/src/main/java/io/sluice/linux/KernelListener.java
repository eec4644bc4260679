package io.sluice.linux;

import java.io.IOException;
import java.net.SocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.Optional;

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
     * and the member that then gets it completes the handshake. This is for the moment before the close only.
     */
    default void dropCookieAcks() {}

    /**
     * Accepts a connection of this listener. One that was completed while the listener dropped packets can receive data
     * when it is returned; whoever accepts it in another way may get one that stays deaf.
     *
     * @param channel the listener's channel
     * @return the connection, or null as {@link ServerSocketChannel#accept} has it
     * @throws IOException if the accept failed
     */
    default SocketChannel accept(ServerSocketChannel channel) throws IOException {
        return channel.accept();
    }

    /**
     * Gives its descriptor, for another process.
     *
     * @return empty where there is no native access
     */
    default Optional<Descriptor> descriptor() {
        return Optional.empty();
    }

    /** Notes that its descriptor was sent to another process, which may have it from now on. */
    default void given() {}

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
