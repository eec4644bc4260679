package io.sluice.linux;

import java.io.IOException;
import java.net.InetSocketAddress;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The bytes that were written to a connection and have not arrived. */
public final class SendQueue {
    /** The length where it cannot be seen. */
    public static final int UNKNOWN = -1;

    private static final Logger LOG = LoggerFactory.getLogger(SendQueue.class);

    private SendQueue() {}

    /**
     * Asks the kernel for the length of a connection's send queue.
     *
     * @param local our address
     * @param remote the client's
     * @return the bytes that the client's kernel has not acknowledged (idiag_wqueue, sock_diag(7)), or {@link #UNKNOWN}
     */
    public static int length(InetSocketAddress local, InetSocketAddress remote) {
        return Features.hasNativeAccess() ? Diag.length(local, remote) : UNKNOWN;
    }

    /** A class of its own, because without JNA InetDiag cannot be loaded. */
    private static final class Diag {
        private static int length(InetSocketAddress local, InetSocketAddress remote) {
            try (InetDiag diag = new InetDiag()) {
                return diag.unacknowledged(local, remote);
            } catch (IOException | RuntimeException x) { // There is no such connection any more, or no descriptor left.
                LOG.debug("The send queue to {} cannot be seen", remote, x);
                return UNKNOWN;
            }
        }
    }
}
