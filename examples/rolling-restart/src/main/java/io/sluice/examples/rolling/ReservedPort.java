package io.sluice.examples.rolling;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.SocketChannel;

/**
 * A port of 127.0.0.1 that is kept for the workers for the whole run. The socket that keeps it is bound with
 * SO_REUSEPORT but does not listen: workers can share the port and no connection is ever given to this socket, while
 * nobody else gets the port in the moments when no worker is there.
 */
public final class ReservedPort implements AutoCloseable {
    private final SocketChannel holder;
    private final InetSocketAddress address;

    private ReservedPort(SocketChannel holder) throws IOException {
        this.holder = holder;
        this.address = (InetSocketAddress) holder.getLocalAddress();
    }

    /**
     * Takes a port that is free.
     *
     * @return the port, until it is closed
     * @throws IOException if none can be had
     */
    public static ReservedPort any() throws IOException {
        return new ReservedPort(bound(0, true));
    }

    /**
     * Takes this port.
     *
     * @throws IOException if somebody listens on it, or this user must not bind it
     */
    static ReservedPort of(int port) throws IOException {
        // Without SO_REUSEPORT this fails where others listen who would otherwise share the requests.
        bound(port, false).close();
        return new ReservedPort(bound(port, true));
    }

    private static SocketChannel bound(int port, boolean shared) throws IOException {
        SocketChannel channel = SocketChannel.open();
        try {
            // Connections of an earlier run that are in TIME_WAIT are no obstacle.
            channel.setOption(StandardSocketOptions.SO_REUSEADDR, true);
            if (shared) {
                if (!channel.supportedOptions().contains(StandardSocketOptions.SO_REUSEPORT)) {
                    throw new IOException("this platform has no SO_REUSEPORT");
                }
                channel.setOption(StandardSocketOptions.SO_REUSEPORT, true);
            }
            return channel.bind(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), port));
        } catch (IOException | RuntimeException x) {
            channel.close();
            throw x;
        }
    }

    /**
     * Where the workers are to listen.
     *
     * @return 127.0.0.1 and the port
     */
    public InetSocketAddress address() {
        return address;
    }

    @Override
    public void close() throws IOException {
        holder.close();
    }
}
