package io.sluice.linux;

import com.sun.jna.LastErrorException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A listener on Linux: a member of a reuseport group, with a SYN gate of its own. Needs no privilege. */
public final class LinuxListener implements KernelListener {
    private static final Logger LOG = LoggerFactory.getLogger(LinuxListener.class);
    private static final Set<String> ARCHITECTURES = Set.of("amd64", "aarch64", "riscv64"); // asm-generic/socket.h
    private static final int HIGHEST_TTL = 255;
    private static final int NO_DEVICE = Integer.MAX_VALUE;
    private static final int QUEUE_LENGTH_IN_TCP_INFO = 24; // tcpi_unacked, which a listener uses for its queue.

    private final ServerSocketChannel channel;
    private final Descriptor descriptor; // To be used while the channel is open only: later it may be another's.
    private final long inode;
    private final int port;
    private final int family;
    private final boolean filterAllowed;
    private final ListenerReferences references;
    private final Steering steering;
    private volatile boolean gatedByTtl;

    private LinuxListener(ServerSocketChannel channel, boolean filterAllowed, Steering steering) throws IOException {
        this.channel = channel;
        this.descriptor = Descriptor.of(channel);
        this.inode = descriptor.inode();
        this.port = ((InetSocketAddress) channel.getLocalAddress()).getPort();
        this.family = descriptor.family();
        this.filterAllowed = filterAllowed;
        this.references = new ListenerReferences(
                Path.of(family == Libc.AF_INET6 ? "/proc/self/net/tcp6" : "/proc/self/net/tcp"), inode);
        this.steering = steering;
    }

    /**
     * Finds the kernel's side of listening channels.
     *
     * @param channels bound channels that listen on one address; they steer, take turns and leave together
     * @return their listeners
     * @throws IOException if this platform, or a restriction on this process, does not allow it; the message says why
     */
    public static List<LinuxListener> of(List<ServerSocketChannel> channels) throws IOException {
        preload();
        try {
            return of(channels, mayFilter());
        } catch (LastErrorException x) {
            throw new IOException("a socket option is refused: " + x.getMessage(), x);
        }
    }

    /** With either kind of gate, whatever this process is allowed. */
    static List<LinuxListener> of(List<ServerSocketChannel> channels, boolean filterAllowed) throws IOException {
        List<LinuxListener> listeners = new ArrayList<>();
        Steering steering = new Steering((InetSocketAddress) channels.get(0).getLocalAddress());
        try {
            for (ServerSocketChannel channel : channels) {
                LinuxListener listener = new LinuxListener(channel, filterAllowed, steering);
                listeners.add(listener);
                steering.join(listener);
                listener.countMembers(); // Whether the kernel tells what will be asked of it: in a drain it is too
                // late.
                listener.references.count();
            }
            return listeners;
        } catch (IOException | RuntimeException x) {
            listeners.forEach(listener -> listener.references.close());
            throw x;
        }
    }

    /**
     * Loads the native library, which takes a while the first time: best before anybody waits for us to accept.
     *
     * @throws IOException if there is none for this platform, or it is not allowed; the message says why
     */
    public static void preload() throws IOException {
        if (!System.getProperty("os.name").equals("Linux")) {
            throw new IOException("this is " + System.getProperty("os.name") + ", not Linux");
        }
        if (!ARCHITECTURES.contains(System.getProperty("os.arch"))) {
            throw new IOException(
                    "the numbers of socket options on " + System.getProperty("os.arch") + " are not known");
        }
        try {
            Descriptor.idle().close();
        } catch (LinkageError | RuntimeException x) { // JNA is forbidden, or could not unpack its library.
            throw new IOException("no native access: " + x, x);
        }
    }

    /**
     * Whether this process may steer on this kernel.
     *
     * @return false where the kernel refuses reuseport programs
     */
    public static boolean maySteer() {
        return isAllowed(Bpf.steerAround(Set.of(0), 2), Libc.SO_ATTACH_REUSEPORT_CBPF);
    }

    /** Whether this process may attach a filter to a TCP socket. */
    static boolean mayFilter() {
        return isAllowed(Bpf.synGate(), Libc.SO_ATTACH_FILTER);
    }

    /** Tried on a socket that nobody connects to. */
    private static boolean isAllowed(Bpf program, int option) {
        Descriptor scratch = Descriptor.tcp();
        try {
            scratch.setInt(Libc.SOL_SOCKET, Libc.SO_REUSEPORT, 1);
            scratch.attach(option, program);
            return true;
        } catch (LastErrorException x) {
            LOG.debug("Socket option {} is refused", option, x);
            return false;
        } finally {
            scratch.close();
        }
    }

    @Override
    public int members() {
        try {
            return countMembers();
        } catch (IOException x) {
            LOG.debug("Cannot count the members of the group", x);
            return UNKNOWN;
        }
    }

    int countMembers() throws IOException {
        try (InetDiag diag = new InetDiag()) {
            List<InetDiag.Entry> listeners = diag.listeners(family, port);
            InetDiag.Entry own = listeners.stream()
                    .filter(listener -> listener.inode() == inode)
                    .findFirst()
                    .orElseThrow(() -> new IOException("inet_diag does not list our own listener"));
            return (int) listeners.stream()
                    .filter(other -> other.localAddress().equals(own.localAddress())
                            && other.device() == own.device()
                            && other.uid() == own.uid()
                            && other.v6Only() == own.v6Only())
                    .count();
        } catch (LastErrorException x) {
            throw new IOException("inet_diag: " + x.getMessage(), x);
        }
    }

    @Override
    public void detachLeftover(Duration bound) {
        steering.detachLeftover(bound);
    }

    @Override
    public boolean takeTurn(Duration bound) {
        return steering.takeTurn(bound);
    }

    @Override
    public void endTurn() {
        steering.endTurn();
        if (!channel.isOpen()) {
            references.close(); // Nothing more is asked.
        }
    }

    @Override
    public void probe() {
        if (channel.isOpen()) {
            acceptWithoutData();
        }
        steering.probe();
    }

    @Override
    public boolean isProbe(SocketAddress client) {
        return steering.isProbe(this, client);
    }

    @Override
    public boolean steer() {
        return steering.steer();
    }

    @Override
    public void leave() {
        steering.leave(this);
    }

    boolean isOpen() {
        return channel.isOpen();
    }

    /** Gives our group this program. */
    void steerBy(Bpf program) throws LastErrorException {
        descriptor.attach(Libc.SO_ATTACH_REUSEPORT_CBPF, program);
    }

    void detachProgram() {
        try {
            descriptor.setInt(Libc.SOL_SOCKET, Libc.SO_DETACH_REUSEPORT_BPF, 0);
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
    void closeBy(Descriptor spare) {
        try {
            descriptor.setInt(Libc.SOL_SOCKET, Libc.SO_BINDTOIFINDEX, NO_DEVICE);
        } catch (LastErrorException x) {
            LOG.debug("Not allowed, or a kernel before 5.7", x);
        }
        descriptor.replaceBy(spare);
    }

    /**
     * Where somebody has set TCP_DEFER_ACCEPT, handshakes stay half-open until data comes: no probe comes back, and who
     * sends nothing is waited for as long as handshakes may take. Without it the last ACK of a handshake completes it, and
     * if that has come already, then the answer to the next SYN-ACK (tcp_check_req, reqsk_timer_handler).
     */
    private void acceptWithoutData() {
        try {
            descriptor.setInt(Libc.IPPROTO_TCP, Libc.TCP_DEFER_ACCEPT, 0);
        } catch (LastErrorException x) {
            LOG.debug("TCP_DEFER_ACCEPT stays as it is", x);
        }
    }

    /**
     * Where the kernel lets only privileged processes attach a filter to a TCP socket (CVE-2026-53236, since 6.1.176,
     * 6.12.94, 6.18.36 and 7.0.13), a minimum TTL that no packet has does nearly the same: Linux checks it on the
     * listener for a SYN, and not for the last ACK of a handshake (tcp_v4_rcv). But what is completed behind it inherits it.
     */
    @Override
    public void gate() {
        if (!channel.isOpen()) {
            return;
        }
        acceptWithoutData();
        try {
            if (filterAllowed) {
                descriptor.attach(Libc.SO_ATTACH_FILTER, Bpf.synGate());
            } else {
                gatedByTtl = true;
                setMinTtl(descriptor, HIGHEST_TTL);
            }
        } catch (LastErrorException x) {
            LOG.warn("The SYN gate of port {} stays open; handshakes that begin during the drain are at risk", port, x);
        }
    }

    /**
     * By the minimum TTL, whatever the gate is made of. The kernel looks at it for each packet that finds the listener
     * itself, as the last ACK of a handshake by syncookie does. A filter would be looked at for those of half-open
     * handshakes too.
     */
    @Override
    public void shut() {
        if (!channel.isOpen()) {
            return;
        }
        try {
            gatedByTtl = true;
            setMinTtl(descriptor, HIGHEST_TTL);
        } catch (LastErrorException x) {
            LOG.warn("The last ACKs of handshakes by syncookie still reach port {}; they are at risk", port, x);
        }
    }

    @Override
    public void ungateAccepted() {
        if (gatedByTtl) {
            Descriptor.forEachSocket(socket -> {
                if (socket.port() == port
                        && !socket.isListening()
                        && socket.getInt(Libc.IPPROTO_IP, Libc.IP_MINTTL) > 0) {
                    setMinTtl(socket, 0);
                }
            });
        }
    }

    private void setMinTtl(Descriptor socket, int ttl) {
        socket.setInt(Libc.IPPROTO_IP, Libc.IP_MINTTL, ttl); // Of an IPv6 socket too: for its IPv4 clients.
        if (family == Libc.AF_INET6) {
            socket.setInt(Libc.IPPROTO_IPV6, Libc.IPV6_MINHOPCOUNT, ttl);
        }
    }

    /**
     * Looks at the queue first: a handshake that ends between the two looks is then still counted, rather than missed. A
     * connection by syncookie is in the queue without holding a reference (cookie_tcp_reqsk_alloc), and would hide a
     * half-open handshake; so while anything is queued, zero is not believed as long as there is any reference.
     */
    @Override
    public int halfOpen() {
        if (!channel.isOpen()) {
            return 0;
        }
        int queued = Math.max(0, queueLength());
        try {
            int held = references.count() - 1;
            return queued == 0 ? held : Math.max(Math.min(held, 1), held - queued);
        } catch (IOException x) {
            LOG.warn("Cannot see the half-open handshakes of port {}; those under way are at risk", port, x);
            return 0;
        }
    }

    @Override
    public int queueLength() {
        if (!channel.isOpen()) {
            return UNKNOWN;
        }
        try {
            return descriptor.getInt(Libc.IPPROTO_TCP, Libc.TCP_INFO, QUEUE_LENGTH_IN_TCP_INFO);
        } catch (LastErrorException x) {
            LOG.debug("The listener of port {} is gone", port, x); // Metrics look at any moment.
            return UNKNOWN;
        }
    }
}
