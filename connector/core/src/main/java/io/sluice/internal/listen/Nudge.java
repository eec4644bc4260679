package io.sluice.internal.listen;

import io.sluice.linux.AdoptedChannels;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gets a thread out of an accept that blocks, by a connection of our own. An accept blocks if another process that holds the
 * listener has cleared O_NONBLOCK, which is one flag for all who hold it, and has taken the connection that there was.
 * Then nothing but a connection ends it: the kernel has read the flag at its beginning (inet_csk_accept), and NIO's close
 * waits for it.
 */
final class Nudge {
    private static final Logger LOG = LoggerFactory.getLogger(Nudge.class);

    private final ServerSocketChannel channel;
    private final Set<Integer> ports = ConcurrentHashMap.newKeySet();

    Nudge(ServerSocketChannel channel) {
        this.channel = channel;
    }

    /** Tells whether a connection is one of our own, which is closed instead of served. */
    boolean isOurs(SocketChannel accepted) throws IOException {
        return !ports.isEmpty()
                && accepted.getRemoteAddress() instanceof InetSocketAddress client
                && client.getAddress().equals(target().getAddress())
                && ports.remove(client.getPort());
    }

    /** Connects, because an accept blocks. */
    void send() {
        LOG.debug("An accept on {} blocks", channel);
        try (SocketChannel client = SocketChannel.open()) {
            client.setOption(StandardSocketOptions.SO_LINGER, 0).bind(null).configureBlocking(false);
            ports.add(((InetSocketAddress) client.getLocalAddress()).getPort());
            client.connect(target()); // Over loopback the handshake is over on return.
        } catch (IOException x) {
            LOG.debug("Cannot connect to {}", channel, x); // It has been closed, or the next call does better.
        }
    }

    private InetSocketAddress target() throws IOException {
        InetSocketAddress local = AdoptedChannels.addressOf(channel);
        if (!local.getAddress().isAnyLocalAddress()) {
            return local;
        }
        byte[] loopback = local.getAddress() instanceof Inet6Address ? new byte[16] : new byte[] {127, 0, 0, 0};
        loopback[loopback.length - 1] = 1;
        return new InetSocketAddress(InetAddress.getByAddress(loopback), local.getPort());
    }
}
