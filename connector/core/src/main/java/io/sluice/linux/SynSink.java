package io.sluice.linux;

import com.sun.jna.LastErrorException;

/**
 * A second listener on the address of one that is about to be closed. It drops each packet that comes to it, SYNs above
 * all, by a minimum TTL that no packet has.
 *
 * <p>This is the gate of a listener that nobody shares the port with, in a process that may not attach a filter. The
 * listener itself is bound to a device that does not exist: no SYN finds it, what it has half-open or queued goes on, and
 * its connections inherit nothing (the kernel takes their device from the handshake; tried on 6.18 with IPv4, IPv6 and dual
 * stack). Without more, new clients would be refused from then on, at once. A SYN that is dropped is sent again a second
 * later, when a successor may be there, so that loses less: the sink takes them. A successor that begins to listen
 * meanwhile shares new clients with the sink, not with the listener, until the sink is closed.
 */
final class SynSink {
    private static final int HIGHEST_TTL = 255;

    private final Descriptor socket;

    private SynSink(Descriptor socket) {
        this.socket = socket;
    }

    /** Prepares a sink in the place of a listener, which must have SO_REUSEPORT. It does not listen yet. */
    static SynSink inPlaceOf(Descriptor listener) throws LastErrorException {
        Descriptor socket = listener.sibling();
        try {
            socket.setMinTtl(listener.family(), HIGHEST_TTL);
            socket.bindAs(listener);
            return new SynSink(socket);
        } catch (LastErrorException x) {
            socket.close();
            throw x;
        }
    }

    /** Begins to take SYNs. One that listens before the listener is hidden would join its group, and get a part only. */
    void open() throws LastErrorException {
        socket.listen(1);
    }

    void close() {
        socket.close();
    }
}
