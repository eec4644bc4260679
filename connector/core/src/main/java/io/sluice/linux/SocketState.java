package io.sluice.linux;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What only the kernel knows of a connection (sock_diag(7)).
 *
 * @param unacknowledged the bytes that were written to it, and that the client's kernel has not acknowledged (idiag_wqueue)
 * @param dropped the packets from the client that the kernel has thrown away (sk_drops), as for a minimum TTL
 */
public record SocketState(int unacknowledged, int dropped) {
    private static final Logger LOG = LoggerFactory.getLogger(SocketState.class);

    /**
     * Asks the kernel for the state of a connection.
     *
     * @param local our address
     * @param remote the client's
     * @return its state; empty where there is no such connection any more, or where it cannot be seen
     */
    public static Optional<SocketState> of(InetSocketAddress local, InetSocketAddress remote) {
        return Features.hasNativeAccess() ? Diag.state(local, remote) : Optional.empty();
    }

    /** A class of its own, because without JNA InetDiag cannot be loaded. */
    private static final class Diag {
        private static Optional<SocketState> state(InetSocketAddress local, InetSocketAddress remote) {
            try (InetDiag diag = new InetDiag()) {
                return Optional.of(diag.connection(local, remote));
            } catch (IOException | RuntimeException x) { // There is no such connection any more, or no descriptor left.
                LOG.debug("The connection to {} cannot be seen", remote, x);
                return Optional.empty();
            }
        }
    }
}
