package io.sluice.linux;

import com.sun.jna.LastErrorException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.Optional;
import org.eclipse.jetty.util.IO;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes channels of connections that another process has accepted. Java has no way to make one of a descriptor, but to a
 * channel that is connected it does not matter what its descriptor stands for: each begins as a connection to a listener
 * of our own on the loopback interface.
 */
public final class ConnectionAdopter implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ConnectionAdopter.class);
    private static final int ESTABLISHED = 1; // The states of tcpi_state, tcp_states.h.
    private static final int CLOSE = 7;
    private static final int CLOSE_WAIT = 8;

    private final int port;
    private final ServerSocketChannel scratch;

    /**
     * Opens the listener.
     *
     * @param port the port that the connections must have here
     * @throws IOException if there is no loopback interface, or no descriptor left
     */
    public ConnectionAdopter(int port) throws IOException {
        this.port = port;
        this.scratch = ServerSocketChannel.open();
        try {
            scratch.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        } catch (IOException | RuntimeException x) {
            IO.close(scratch);
            throw x;
        }
    }

    /**
     * Tells the addresses of a connection.
     *
     * @param connection a descriptor that somebody else has sent
     * @return empty if it is no TCP connection of our port
     */
    public Optional<ConnectionEnds> endsOf(Descriptor connection) {
        try {
            InetSocketAddress local = connection.address();
            InetSocketAddress remote = connection.peer();
            boolean fits = local != null && remote != null && local.getPort() == port && isTcpConnection(connection);
            return fits ? Optional.of(new ConnectionEnds(local, remote)) : Optional.empty();
        } catch (LastErrorException x) {
            LOG.debug("Descriptor {} is no connection", connection.fd(), x);
            return Optional.empty();
        }
    }

    /** Tells whether it was a connection until its client reset it. */
    public boolean isReset(Descriptor connection) {
        try {
            return stateOf(connection) == CLOSE;
        } catch (LastErrorException x) {
            LOG.debug("Descriptor {} is no connection", connection.fd(), x);
            return false;
        }
    }

    private static boolean isTcpConnection(Descriptor connection) {
        int state = stateOf(connection);
        return state == ESTABLISHED || state == CLOSE_WAIT;
    }

    /** Gives tcpi_state, for which only TCP can be asked. */
    private static int stateOf(Descriptor connection) throws LastErrorException {
        return connection.getInt(Libc.IPPROTO_TCP, Libc.TCP_INFO) & 0xff;
    }

    /**
     * Makes a channel that reads from a connection and writes to it.
     *
     * @param connection a descriptor of it, which stays open
     * @return the channel, with a descriptor of its own, blocking
     * @throws IOException if no descriptor is left
     */
    public SocketChannel channelOf(Descriptor connection) throws IOException {
        int lowestFree = Descriptor.lowestFree();
        SocketChannel channel = SocketChannel.open();
        try {
            channel.setOption(StandardSocketOptions.SO_LINGER, 0); // What it stands for now leaves no TIME_WAIT.
            channel.connect(scratch.getLocalAddress());
            IO.close(scratch.accept());
            Descriptor.ofAccepted(channel, lowestFree)
                    .orElseThrow(() -> new IOException("The descriptor of a new connection is not found"))
                    .replaceBy(connection);
            return channel;
        } catch (IOException | RuntimeException x) {
            IO.close(channel);
            throw x;
        }
    }

    @Override
    public void close() {
        IO.close(scratch);
    }
}
