package io.sluice.linux;

import com.sun.jna.LastErrorException;
import java.io.IOException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps new handshakes away from a listener, by a filter that drops SYNs.
 *
 * <p>Some kernels let only privileged processes attach a filter to a TCP socket (CVE-2026-53236, since 6.1.176, 6.12.94,
 * 6.18.36 and 7.0.13). There a minimum TTL that no packet has does nearly the same: Linux checks it on the listener for a
 * SYN, and not for the last ACK of a handshake (tcp_v4_rcv). But a connection that is completed then inherits it, and its
 * data is dropped until it is released, which is done as soon as it is accepted. What has arrived before that comes again
 * after the client's retransmission timeout, 200 ms at least: nobody is lost, but such a client waits. Where nobody else
 * listens on the port, {@link SynSink} does better.
 */
final class SynGate {
    private static final Logger LOG = LoggerFactory.getLogger(SynGate.class);
    private static final int HIGHEST_TTL = 255;

    private final Descriptor listener;
    private final int port;
    private final int family;
    private final boolean filterAllowed;
    private boolean inherited;
    private boolean closed;

    /** Creates a gate that drops nothing yet. */
    SynGate(Descriptor listener, boolean filterAllowed) {
        this.listener = listener;
        this.port = listener.port();
        this.family = listener.family();
        this.filterAllowed = filterAllowed;
    }

    /** See {@link KernelListener#dropSyns}; the listener must be open. */
    void dropSyns() {
        try {
            if (filterAllowed) {
                listener.attach(Libc.SO_ATTACH_FILTER, Bpf.synGate());
            } else {
                requireHighestTtl();
            }
            closed = true;
        } catch (LastErrorException x) {
            LOG.warn("The SYN gate of port {} stays open; handshakes that begin during the drain are at risk", port, x);
        }
    }

    /** Tells whether SYNs are dropped. */
    boolean isClosed() {
        return closed;
    }

    /**
     * See {@link KernelListener#dropCookieAcks}; the listener must be open. A minimum TTL does it, whatever drops the SYNs:
     * the kernel checks it for each packet that finds the listener itself, as the last ACK of a handshake by syncookie
     * does. A filter would be run on those of half-open handshakes too.
     */
    void dropCookieAcks() {
        try {
            requireHighestTtl();
        } catch (LastErrorException x) {
            LOG.warn("The last ACKs of handshakes by syncookie still reach port {}; they are at risk", port, x);
        }
    }

    private void requireHighestTtl() {
        inherited = true;
        listener.setMinTtl(family, HIGHEST_TTL);
    }

    /** See {@link KernelListener#accept}. */
    SocketChannel accept(ServerSocketChannel channel) throws IOException {
        if (!inherited) {
            return channel.accept();
        }
        int lowestFree = Descriptor.lowestFree();
        SocketChannel accepted = channel.accept();
        if (accepted != null) {
            release(accepted, lowestFree);
        }
        return accepted;
    }

    private void release(SocketChannel accepted, int lowestFree) {
        try {
            Descriptor.ofAccepted(accepted, lowestFree)
                    .ifPresentOrElse(
                            connection -> connection.setMinTtl(family, 0),
                            () -> LOG.debug("{} has no peer any more", accepted));
        } catch (IOException | LastErrorException x) {
            LOG.debug("{} was closed by its client", accepted, x);
        }
    }
}
