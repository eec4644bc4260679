package io.sluice.linux;

import com.sun.jna.LastErrorException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.SocketAddress;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.Optional;
import org.eclipse.jetty.util.IO;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A listener on Linux. It needs no privilege.
 *
 * <p>When another thread closes the channel, the number of its descriptor may be another's in the next moment. So what
 * changes something is done while a selector of our own has the channel registered: NIO puts off the kernel's close until
 * no selector has. What only looks may see another's socket, for once.
 */
final class LinuxListener implements KernelListener {
    private static final Logger LOG = LoggerFactory.getLogger(LinuxListener.class);
    private static final int QUEUE_LENGTH_IN_TCP_INFO = 24; // tcpi_unacked, which a listener uses for its queue.

    private final LinuxReusePortGroup group;
    private final ServerSocketChannel channel;
    private final Descriptor descriptor;
    private final long inode;
    private final int family;
    private final SynGate gate;
    private final HalfOpenCounter handshakes;
    private final Children childrenBefore = Children.now();
    private final Selector guard; // Opened now, because in a drain there may be no descriptor.
    private volatile boolean takesSyns = true;
    private volatile boolean handshakesOver;
    private volatile boolean given; // A descriptor, to another process or by one.
    private RowBehind rowBehind; // Null as long as nobody has looked for handshakes. Guarded by this.

    /**
     * Finds the kernel's side of a channel.
     *
     * @throws IOException if it cannot be found, or the kernel does not tell of its handshakes
     */
    LinuxListener(LinuxReusePortGroup group, ServerSocketChannel channel, boolean filterAllowed) throws IOException {
        this.group = group;
        this.channel = channel;
        this.descriptor = Descriptor.of(channel);
        this.inode = descriptor.inode();
        this.family = descriptor.family();
        this.gate = new SynGate(descriptor, filterAllowed);
        this.handshakes = new HalfOpenCounter(ProcListeners.fileOf(family), inode);
        this.guard = Selector.open();
        this.given = AdoptedChannels.descriptorOf(channel) != null;
    }

    /** Does something with the descriptor, which remains ours meanwhile; nothing if the channel is closed. */
    private synchronized void whileOpen(Runnable action) throws LastErrorException {
        try {
            if (channel.isOpen() && channel.isBlocking()) { // It is being opened, and no other thread knows of it.
                action.run();
                return;
            }
            SelectionKey hold = channel.register(guard, 0);
            try {
                if (channel.isOpen()) { // Otherwise who closed it has looked for keys before there was ours, perhaps.
                    action.run();
                }
            } finally {
                hold.cancel();
                guard.selectNow();
            }
        } catch (ClosedChannelException | ClosedSelectorException x) {
            LOG.debug("{} is closed", channel, x);
        } catch (IOException x) {
            throw new UncheckedIOException(x);
        }
    }

    @Override
    public Optional<Descriptor> descriptor() {
        return Optional.of(descriptor);
    }

    @Override
    public void given() {
        given = true;
    }

    boolean isOpen() {
        return channel.isOpen();
    }

    boolean isHeldElsewhere() {
        return isOpen() && Holders.areSeveral(descriptor, inode, given || Children.haveBegunSince(childrenBefore));
    }

    long inode() {
        return inode;
    }

    int family() {
        return family;
    }

    /** Tells whether it takes IPv4 besides IPv6. */
    boolean isDualStack() {
        return family == Libc.AF_INET6 && !descriptor.isV6Only();
    }

    @Override
    public boolean isProbe(SocketAddress client) {
        return group.isProbe(this, client);
    }

    @Override
    public void dropSyns() {
        acceptWithoutData();
        if (group.hideFromSyns()) {
            takesSyns = false;
        } else {
            whileOpen(gate::dropSyns);
            takesSyns = !gate.isClosed();
        }
    }

    @Override
    public void dropCookieAcks() {
        if (!group.hideFromSyns()) { // Where it is hidden, the sink has them.
            whileOpen(gate::dropCookieAcks);
        }
    }

    @Override
    public SocketChannel accept(ServerSocketChannel channel) throws IOException {
        return gate.accept(channel);
    }

    /**
     * Has handshakes completed without data. Where somebody has set TCP_DEFER_ACCEPT, they stay half-open until data
     * comes: no probe comes back, and a client that sends nothing is waited for as long as handshakes may take. Without it
     * the last ACK of a handshake completes it, and if that has come already, then the answer to the next SYN-ACK
     * (tcp_check_req, reqsk_timer_handler).
     */
    void acceptWithoutData() {
        try {
            whileOpen(() -> descriptor.setInt(Libc.IPPROTO_TCP, Libc.TCP_DEFER_ACCEPT, 0));
        } catch (LastErrorException x) {
            LOG.debug("TCP_DEFER_ACCEPT stays as it is", x);
        }
    }

    /**
     * Looks at the queue first: a handshake that ends between the two looks is then still counted, rather than missed. Once
     * none is left and none begins, it need not be looked again.
     */
    @Override
    public int halfOpen() {
        if (!isOpen() || handshakesOver) {
            return 0;
        }
        int queued = Math.max(0, queueLength());
        try {
            putRowBehind();
            int halfOpen = handshakes.count(queued);
            handshakesOver = !takesSyns && halfOpen == 0;
            return halfOpen;
        } catch (IOException x) {
            LOG.warn("Cannot see the half-open handshakes of {}; those under way are at risk", channel, x);
            return 0;
        }
    }

    /** Sets the length of the accept queue, as whoever has opened the listener has done before. */
    void setBacklog(int length) {
        try {
            whileOpen(() -> descriptor.listen(length));
        } catch (LastErrorException x) {
            LOG.debug("The accept queue of {} stays as long as it is", channel, x);
        }
    }

    private synchronized void putRowBehind() {
        if (rowBehind == null && family == Libc.AF_INET6 && group.seesDevices()) {
            rowBehind = new RowBehind(descriptor);
        }
    }

    @Override
    public int queueLength() {
        if (!isOpen()) {
            return UNKNOWN;
        }
        try {
            return descriptor.getInt(Libc.IPPROTO_TCP, Libc.TCP_INFO, QUEUE_LENGTH_IN_TCP_INFO);
        } catch (LastErrorException x) {
            LOG.debug("{} is gone", channel, x); // Metrics ask at any moment.
            return UNKNOWN;
        }
    }

    @Override
    public synchronized void close() {
        if (rowBehind != null) {
            rowBehind.close();
            rowBehind = null;
        }
        handshakes.close();
        IO.close(guard);
        group.closed(this);
    }

    /** Prepares a sink for the SYNs that would find this listener. */
    SynSink sink() throws LastErrorException {
        return SynSink.inPlaceOf(descriptor);
    }

    /** See {@link Descriptor#hideFromSyns}. */
    void hideFromSyns() throws LastErrorException {
        whileOpen(descriptor::hideFromSyns);
    }

    /** Gives the group this program, in the place of the one that it has. */
    void attachToGroup(Bpf program) throws LastErrorException {
        whileOpen(() -> descriptor.attach(Libc.SO_ATTACH_REUSEPORT_CBPF, program));
    }

    /** Takes the group's program away, if it has one. */
    void detachFromGroup() {
        try {
            whileOpen(() -> descriptor.setInt(Libc.SOL_SOCKET, Libc.SO_DETACH_REUSEPORT_BPF, 0));
        } catch (LastErrorException x) {
            if (x.getErrorCode() != Libc.ENOENT) {
                LOG.debug("Cannot detach", x);
            }
        }
    }

    /**
     * Closes the listener by duplicating another descriptor over ours: that remains the channel's, to close as usual.
     *
     * <p>The close takes us out of the group a moment before it takes us out of the port's list (inet_unhash). The list of
     * IPv6 sockets, which Java's are, begins with the oldest: a SYN in that moment finds us first, finds no group, and is
     * ours (inet_lhash2_lookup). 1 to 2 in 1,000 restarts under load stalled for that. A listener that is bound to a
     * device that does not exist matches no SYN.
     */
    void closeInKernel(Descriptor placeholder) {
        try {
            hideFromSyns();
        } catch (LastErrorException x) {
            LOG.debug("Not allowed, or a kernel before 5.7", x);
        }
        whileOpen(() -> descriptor.replaceBy(placeholder));
    }
}
