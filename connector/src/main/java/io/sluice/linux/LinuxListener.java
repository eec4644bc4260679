package io.sluice.linux;

import com.sun.jna.LastErrorException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.eclipse.jetty.util.IO;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A listener on Linux: a member of a reuseport group, with a SYN gate of its own. Needs no privilege. */
public final class LinuxListener implements KernelListener {
    private static final Logger LOG = LoggerFactory.getLogger(LinuxListener.class);
    private static final Set<String> ARCHITECTURES = Set.of("amd64", "aarch64", "riscv64"); // asm-generic/socket.h
    private static final int MOST_MEMBERS = 1024;
    private static final int HIGHEST_TTL = 255;
    private static final int NO_DEVICE = Integer.MAX_VALUE;
    private static final int QUEUE_LENGTH_IN_TCP_INFO = 24; // tcpi_unacked, which a listener uses for its queue.

    private final ServerSocketChannel channel;
    private final Descriptor descriptor; // To be used while the channel is open only: later it may be another's.
    private final long inode;
    private final int port;
    private final InetAddress probeTarget;
    private final int family;
    private final boolean filterAllowed;
    private final ListenerReferences references;
    private final DrainTurn turn;
    private final List<SocketChannel> probes = new ArrayList<>();
    private final List<Integer> probePorts = new ArrayList<>();
    private volatile int index = -1;
    private volatile boolean steering;
    private volatile Descriptor spare; // What our descriptor becomes when the listener leaves the group.
    private volatile boolean gatedByTtl;

    private LinuxListener(Descriptor descriptor, ServerSocketChannel channel, boolean filterAllowed)
            throws IOException {
        InetSocketAddress local = (InetSocketAddress) channel.getLocalAddress();
        this.channel = channel;
        this.descriptor = descriptor;
        this.inode = descriptor.inode();
        this.port = local.getPort();
        this.family = descriptor.family();
        this.probeTarget = local.getAddress().isAnyLocalAddress() ? loopback() : local.getAddress();
        this.filterAllowed = filterAllowed;
        this.references = new ListenerReferences(
                Path.of(family == Libc.AF_INET6 ? "/proc/self/net/tcp6" : "/proc/self/net/tcp"), inode);
        this.turn = new DrainTurn(local.getAddress().getHostAddress() + "-" + port);
    }

    /**
     * Finds the kernel's side of a listening channel.
     *
     * @param channel a bound channel that listens
     * @return the listener
     * @throws IOException if this platform, or a restriction on this process, does not allow it; the message says why
     */
    public static LinuxListener of(ServerSocketChannel channel) throws IOException {
        preload();
        try {
            return of(channel, mayFilter());
        } catch (LastErrorException x) {
            throw new IOException("a socket option is refused: " + x.getMessage(), x);
        }
    }

    /** With either kind of gate, whatever this process is allowed. */
    static LinuxListener of(ServerSocketChannel channel, boolean filterAllowed) throws IOException {
        LinuxListener listener = new LinuxListener(Descriptor.of(channel), channel, filterAllowed);
        try {
            listener.countMembers(); // Whether the kernel tells what will be asked of it: in a drain it is too late.
            listener.references.count();
            return listener;
        } catch (IOException | RuntimeException x) {
            listener.references.close();
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
    public boolean maySteer() {
        return isAllowed(Bpf.steerAround(0, 2), Libc.SO_ATTACH_REUSEPORT_CBPF);
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

    private int countMembers() throws IOException {
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
        try {
            if (channel.isOpen() && turn.take(bound)) {
                try {
                    detach();
                } finally {
                    turn.end();
                }
            }
        } catch (LastErrorException x) {
            LOG.debug("No turn to detach what another process left", x);
        }
    }

    @Override
    public boolean takeTurn(Duration bound) {
        try {
            if (!channel.isOpen() || members() <= 1 || !turn.take(bound)) {
                return false;
            }
            if (members() > 1) {
                return true;
            }
            turn.end(); // Who had the turn before was the last of the others.
            return false;
        } catch (LastErrorException x) {
            LOG.debug("No turn", x);
            return false;
        }
    }

    @Override
    public void endTurn() {
        turn.end();
        if (!channel.isOpen()) {
            references.close(); // Nothing more is asked.
        }
    }

    @Override
    public void probe() {
        if (!channel.isOpen()) {
            return;
        }
        acceptWithoutData();
        int members = Math.min(members(), MOST_MEMBERS); // None, if they cannot be counted: no probe comes back.
        try {
            for (int i = 0; i < members; i++) {
                SocketChannel probe = SocketChannel.open();
                probes.add(probe);
                probe.configureBlocking(false);
                probe.setOption(StandardSocketOptions.SO_LINGER, 0); // A reset at the end: no TIME_WAIT, no waiting.
                probe.bind(new InetSocketAddress(probeTarget, 0));
                probePorts.add(((InetSocketAddress) probe.getLocalAddress()).getPort());
            }
            spare = Descriptor.idle();
            steering = true;
            descriptor.attach(Libc.SO_ATTACH_REUSEPORT_CBPF, Bpf.probe(probePorts));
            for (SocketChannel probe : probes) {
                probe.connect(new InetSocketAddress(probeTarget, port)); // Done at once, within this machine.
            }
        } catch (IOException | LastErrorException x) {
            LOG.debug("Probing failed", x);
            endProbes(); // Descriptors may be what is short.
        }
    }

    @Override
    public boolean isProbe(SocketAddress client) {
        if (probes.isEmpty() || !((InetSocketAddress) client).getAddress().equals(probeTarget)) {
            return false;
        }
        int member = probePorts.indexOf(((InetSocketAddress) client).getPort());
        index = Math.max(index, member);
        return member >= 0;
    }

    @Override
    public boolean steer() {
        if (!channel.isOpen() || index < 0) {
            return false;
        }
        endProbes();
        try {
            descriptor.attach(Libc.SO_ATTACH_REUSEPORT_CBPF, Bpf.steerAround(index, probePorts.size()));
        } catch (LastErrorException x) {
            LOG.debug("Cannot steer", x);
            return false;
        }
        LOG.debug("Steering around member {} of {}", index, probePorts.size());
        return true;
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

    private void endProbes() {
        probes.forEach(IO::close);
        probes.clear();
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

    /**
     * Between a detach and the close the kernel's hash would choose us again, and the gate would make the client wait. So
     * the program stays, one that does the others no harm without us: when a member leaves, the kernel puts the last into
     * its place. If we are not the last, all SYNs go to the last until we are gone, and then its index is out of range,
     * which means the hash. If we are the last, the program that steers around us spreads evenly over all others. A
     * member that comes later detaches it.
     *
     * <p>It closes by duplicating another descriptor over ours: that remains the channel's, to close as usual.
     */
    @Override
    public void leave() {
        if (!steering) {
            return;
        }
        steering = false;
        endProbes();
        if (channel.isOpen()) {
            try {
                int members = probePorts.size();
                if (index < 0 || countMembers() != members) {
                    detach();
                } else if (index < members - 1) {
                    descriptor.attach(Libc.SO_ATTACH_REUSEPORT_CBPF, Bpf.onlyTo(members - 1));
                }
                hideFromLookup();
                descriptor.replaceBy(spare);
            } catch (IOException | LastErrorException x) {
                LOG.debug("The listener is left to NIO to close", x);
                detach();
            }
        }
        spare.close();
    }

    /**
     * The close takes us out of the group a moment before it takes us out of the port's list (inet_unhash). The list of
     * IPv6 sockets, which Java's are, begins with the oldest: a SYN in that moment finds us first, finds no group, and is
     * ours (inet_lhash2_lookup). 1 to 2 in 1,000 restarts under load stalled for that. A listener that is bound to a
     * device that does not exist matches no SYN.
     */
    private void hideFromLookup() {
        try {
            descriptor.setInt(Libc.SOL_SOCKET, Libc.SO_BINDTOIFINDEX, NO_DEVICE);
        } catch (LastErrorException x) {
            LOG.debug("Not allowed, or a kernel before 5.7", x);
        }
    }

    private void detach() {
        try {
            descriptor.setInt(Libc.SOL_SOCKET, Libc.SO_DETACH_REUSEPORT_BPF, 0);
        } catch (LastErrorException x) {
            if (x.getErrorCode() != Libc.ENOENT) {
                LOG.debug("Cannot detach", x);
            }
        }
    }

    private InetAddress loopback() {
        byte[] address = family == Libc.AF_INET6 ? new byte[16] : new byte[] {127, 0, 0, 1};
        address[address.length - 1] = 1;
        try {
            return InetAddress.getByAddress(address);
        } catch (IOException x) {
            throw new IllegalStateException(x);
        }
    }
}
