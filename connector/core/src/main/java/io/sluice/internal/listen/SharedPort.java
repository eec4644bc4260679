package io.sluice.internal.listen;

import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.SocketChannel;

/** Finds out whether another process is on a port, by binding sockets that do not listen: no connection comes to them. */
public final class SharedPort {
    private static final int FIRST_UNPRIVILEGED = 1024;

    private SharedPort() {}

    /**
     * Tells whether another process serves the port, which this one may join as soon as it is ready to serve too.
     *
     * @param address the address to listen on
     * @return false if the port is free, ephemeral, or below 1024
     * @throws IOException if another process is on the port and does not share it
     */
    public static boolean isServedByAnotherProcess(InetSocketAddress address) throws IOException {
        requireReusePort();
        // An ephemeral port, 0, is nobody else's; for one below 1024 see DrainingServerConnector.open().
        if (address.getPort() < FIRST_UNPRIVILEGED || bind(address, false) == null) {
            return false;
        }
        BindException refused = bind(address, true);
        if (refused != null) {
            throw explained(address, refused);
        }
        return true;
    }

    /** Gives null if it could be bound. SO_REUSEADDR is for connections of a predecessor that are in TIME_WAIT. */
    private static BindException bind(InetSocketAddress address, boolean reusePort) throws IOException {
        try (SocketChannel socket = SocketChannel.open()) {
            socket.setOption(StandardSocketOptions.SO_REUSEADDR, true);
            if (reusePort) {
                socket.setOption(StandardSocketOptions.SO_REUSEPORT, true);
            }
            socket.bind(address);
            return null;
        } catch (BindException x) {
            return x;
        }
    }

    /**
     * Refuses a platform where processes cannot share a port.
     *
     * @throws IOException if there is no SO_REUSEPORT
     */
    public static void requireReusePort() throws IOException {
        try (SocketChannel socket = SocketChannel.open()) {
            if (!socket.supportedOptions().contains(StandardSocketOptions.SO_REUSEPORT)) {
                throw new IOException(("reusePort is true, but %s (%s) has no SO_REUSEPORT; allowed here is false, with"
                                + " one process for each port")
                        .formatted(System.getProperty("os.name"), System.getProperty("os.version")));
            }
        }
    }

    /**
     * Says what to look at when a port cannot be bound.
     *
     * @param address the address
     * @param refused the failure
     * @return an exception to throw in its place
     */
    public static IOException explained(InetSocketAddress address, BindException refused) {
        return new IOException(
                ("Failed to bind to %s: %s. Is the port taken by a process that listens without SO_REUSEPORT, or that"
                                + " runs as another user? Processes share a port only if all of them set SO_REUSEPORT"
                                + " and have the same uid; 'ss -ltnpe sport = :%d' shows who listens")
                        .formatted(address, refused.getMessage(), address.getPort()),
                refused);
    }
}
