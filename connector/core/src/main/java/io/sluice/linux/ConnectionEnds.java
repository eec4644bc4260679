package io.sluice.linux;

import java.net.InetSocketAddress;

/**
 * The two addresses of a connection, as the kernel has them. A channel of a connection that another process has accepted was
 * made for another one, see {@link ConnectionAdopter}, and goes on naming the addresses of that.
 *
 * @param local our address
 * @param remote the client's
 */
public record ConnectionEnds(InetSocketAddress local, InetSocketAddress remote) {}
