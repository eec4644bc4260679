package io.sluice.linux;

import java.net.InetSocketAddress;
import java.nio.channels.SocketChannel;

/**
 * A connection that another process has accepted. Its channel was made for another one, see {@link ConnectionAdopter}, and
 * goes on naming the addresses of that, so that the true ones go with it.
 *
 * @param channel the channel, blocking
 * @param local our address
 * @param remote the client's
 */
public record AdoptedConnection(SocketChannel channel, InetSocketAddress local, InetSocketAddress remote) {}
