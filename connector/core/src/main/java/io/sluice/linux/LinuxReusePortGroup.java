package io.sluice.linux;

import com.sun.jna.LastErrorException;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnknownHostException;
import java.nio.channels.DatagramChannel;
import java.nio.channels.ServerSocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A reuseport group on Linux, which one program steers around all of our listeners. They are several where each acceptor
 * has its own; they leave one after the other.
 */
final class LinuxReusePortGroup implements ReusePortGroup {
    private static final Logger LOG = LoggerFactory.getLogger(LinuxReusePortGroup.class);
    private static final int MOST_MEMBERS = 1024;
    private static final int NO_DEVICE = 0;
    private static final int OWN_DEVICE = -1;

    private final String name;
    private final boolean filterAllowed;
    private final DrainLock lock;
    private final InetSocketAddress local;
    private final Listing inetDiag;
    private List<InetSocketAddress> probeTargets; // The first that can be reached is as good as any.
    private final List<LinuxListener> listeners = new CopyOnWriteArrayList<>();
    private final List<LinuxListener> staying = new CopyOnWriteArrayList<>(); // Those of ours that have not left.
    private final Map<LinuxListener, Integer> indexes = new HashMap<>();
    private Probes probes;
    private int members;
    private boolean attached;
    private boolean seesDevices;
    private Hiding hiding = Hiding.NOT_TRIED;
    private SynSink sink; // Null unless listeners are hidden.
    private Descriptor placeholder; // What the descriptor of a listener becomes when it leaves.

    /** Lists the TCP listeners of a family and port. */
    interface Listing {
        List<InetDiag.Entry> listeners(int family, int localPort) throws IOException;
    }

    private LinuxReusePortGroup(InetSocketAddress local, boolean filterAllowed, Listing inetDiag) {
        this.inetDiag = inetDiag;
        this.filterAllowed = filterAllowed;
        this.local = local;
        this.name = local.getAddress().getHostAddress() + "-" + local.getPort();
        this.lock = new DrainLock(name);
    }

    /**
     * Finds the group of these channels, and asks what a drain will ask: in a drain it would be too late to fail.
     *
     * @param filterAllowed whether this process may attach a filter to a TCP socket
     */
    static LinuxReusePortGroup of(List<ServerSocketChannel> channels, boolean filterAllowed) throws IOException {
        return of(channels, filterAllowed, LinuxReusePortGroup::askInetDiag);
    }

    /** The same, where inet_diag answers like this. */
    static LinuxReusePortGroup of(List<ServerSocketChannel> channels, boolean filterAllowed, Listing inetDiag)
            throws IOException {
        LinuxReusePortGroup group =
                new LinuxReusePortGroup(AdoptedChannels.addressOf(channels.get(0)), filterAllowed, inetDiag);
        try {
            for (ServerSocketChannel channel : channels) {
                LinuxListener listener = new LinuxListener(group, channel, filterAllowed);
                group.listeners.add(listener);
                group.countMembers(listener);
            }
            group.staying.addAll(group.listeners);
            group.probeTargets = group.findProbeTargets();
            return group;
        } catch (LastErrorException x) {
            group.listeners.forEach(LinuxListener::close);
            throw new IOException("a socket option is refused: " + x.getMessage(), x);
        } catch (IOException | RuntimeException x) {
            group.listeners.forEach(LinuxListener::close);
            throw x;
        }
    }

    @Override
    public boolean isLikeOurs(Descriptor received) {
        try {
            Descriptor ours = listeners.get(0).descriptor().orElseThrow();
            return received.isListening()
                    && received.getInt(Libc.SOL_SOCKET, Libc.SO_PROTOCOL) == Libc.IPPROTO_TCP
                    && received.family() == ours.family()
                    && local.equals(received.address())
                    && received.device() == ours.device()
                    && (ours.family() == Libc.AF_INET || received.isV6Only() == ours.isV6Only());
        } catch (LastErrorException x) {
            LOG.debug("What was received is no socket", x);
            return false;
        }
    }

    @Override
    public LinuxListener listenerOf(ServerSocketChannel other) throws IOException {
        try {
            return new LinuxListener(this, other, filterAllowed);
        } catch (LastErrorException x) {
            throw new IOException("a socket option is refused: " + x.getMessage(), x);
        }
    }

    @Override
    public void adopt(KernelListener other, int backlog) {
        if (other instanceof LinuxListener listener) {
            listener.setBacklog(backlog);
            listeners.add(listener);
            staying.add(listener);
        }
    }

    @Override
    public LinuxListener listener(int index) {
        return listeners.get(index);
    }

    /** Tells whether a listener that is bound to another device is known not to be of the group. */
    boolean seesDevices() {
        return seesDevices;
    }

    @Override
    public boolean isHeldElsewhere() {
        return staying.stream().anyMatch(LinuxListener::isHeldElsewhere);
    }

    @Override
    public int members() {
        return members(listeners.get(0));
    }

    private int members(LinuxListener own) {
        try {
            return countMembers(own);
        } catch (IOException x) {
            LOG.debug("Cannot count the members of the group", x);
            return KernelListener.UNKNOWN;
        }
    }

    private int countMembers(LinuxListener ours) throws IOException {
        return countLike(ours, OWN_DEVICE);
    }

    /** Counts the listeners that differ from ours in nothing but the device. */
    private int countLike(LinuxListener ours, int device) throws IOException {
        List<InetDiag.Entry> onPort = listenersOnPort(ours.family());
        InetDiag.Entry own = onPort.stream()
                .filter(listener -> listener.inode() == ours.inode())
                .findFirst()
                .orElseThrow(() -> new IOException("the kernel does not list our own listener"));
        return (int) onPort.stream()
                .filter(other -> other.localAddress().equals(own.localAddress())
                        && other.device() == (device == OWN_DEVICE ? own.device() : device)
                        && other.uid() == own.uid()
                        && other.v6Only() == own.v6Only())
                .count();
    }

    /** Where the module tcp_diag is not there, as on kernels that allow no more modules, /proc tells nearly as much. */
    private List<InetDiag.Entry> listenersOnPort(int family) throws IOException {
        try {
            List<InetDiag.Entry> listeners = inetDiag.listeners(family, local.getPort());
            seesDevices = true;
            return listeners;
        } catch (IOException x) {
            seesDevices = false;
            LOG.debug(
                    "Members of the group are counted in {}, because of {}",
                    ProcListeners.fileOf(family),
                    x.toString());
            return ProcListeners.read(family, local.getPort());
        }
    }

    private static List<InetDiag.Entry> askInetDiag(int family, int localPort) throws IOException {
        try (InetDiag diag = new InetDiag()) {
            return diag.listeners(family, localPort);
        } catch (LastErrorException x) {
            throw new IOException("inet_diag: " + x.getMessage(), x);
        }
    }

    @Override
    public Optional<Map<InetSocketAddress, Integer>> handshakes() {
        try (InetDiag diag = new InetDiag()) {
            return Optional.of(diag.handshakes(listeners.get(0).family(), local.getPort()));
        } catch (IOException | LastErrorException x) {
            LOG.debug("Cannot see how often SYN-ACKs were sent", x);
            return Optional.empty();
        }
    }

    /** Takes a lock of its own, because a drain may begin in another thread meanwhile. */
    @Override
    public boolean detachLeftover() {
        DrainLock own = new DrainLock(name);
        try {
            Optional<LinuxListener> open =
                    listeners.stream().filter(LinuxListener::isOpen).findFirst();
            if (open.isPresent() && !own.tryLock(Duration.ZERO)) {
                return false;
            }
            open.ifPresent(LinuxListener::detachFromGroup);
        } catch (LastErrorException x) {
            LOG.debug("No lock to detach what another process left", x);
        } finally {
            own.unlock();
        }
        return true;
    }

    @Override
    public boolean tryLock(Duration bound) {
        try {
            if (allOpen() && lock.tryLock(bound)) {
                members = knownMembers();
                if (members > staying.size()) {
                    return true;
                }
                lock.unlock(); // The process that had it before was the last of the others.
            }
        } catch (LastErrorException x) {
            LOG.debug("No lock", x);
        }
        return false;
    }

    @Override
    public void unlock() {
        lock.unlock();
    }

    private boolean allOpen() {
        return staying.stream().allMatch(LinuxListener::isOpen);
    }

    /** Gives 0 if they cannot be counted: then no probe is sent, and none comes back. */
    private int knownMembers() {
        return staying.isEmpty() ? 0 : Math.max(0, Math.min(members(staying.get(0)), MOST_MEMBERS));
    }

    /** Where there is no IPv6 on the loopback interface, a listener for both is reached by IPv4. */
    private List<InetSocketAddress> findProbeTargets() {
        if (!local.getAddress().isAnyLocalAddress()) {
            return List.of(local);
        }
        List<InetSocketAddress> targets = new ArrayList<>();
        if (local.getAddress() instanceof Inet6Address) {
            targets.add(loopback(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1));
        }
        if (targets.isEmpty() || listeners.get(0).isDualStack()) {
            targets.add(loopback(127, 0, 0, 1));
        }
        return targets;
    }

    private InetSocketAddress loopback(int... address) {
        byte[] bytes = new byte[address.length];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) address[i];
        }
        try {
            return new InetSocketAddress(InetAddress.getByAddress(bytes), local.getPort());
        } catch (UnknownHostException x) {
            throw new IllegalStateException(x);
        }
    }

    /** Has the kernel look for the way of a datagram, which is that of a probe; none is sent. */
    @Override
    public Optional<String> obstacleToProbing() {
        IOException obstacle = null;
        for (InetSocketAddress target : probeTargets) {
            try (DatagramChannel way = DatagramChannel.open()) {
                way.connect(target);
                LOG.debug("Probes can be sent to {}", target);
                return Optional.empty();
            } catch (IOException x) {
                obstacle = x;
            }
        }
        return Optional.of("no connection of our own can reach %s: %s".formatted(probeTargets, obstacle));
    }

    @Override
    public boolean probe() {
        if (!allOpen()) {
            return false;
        }
        if (members == 0) {
            members = knownMembers();
        }
        staying.forEach(LinuxListener::acceptWithoutData);
        return probeTargets.stream().anyMatch(this::probe);
    }

    private boolean probe(InetSocketAddress target) {
        try {
            probes = new Probes(target, members);
            if (!attached) {
                placeholder = Descriptor.placeholder(); // Now, because later there may be no descriptor.
                attached = true;
            }
            staying.get(0).attachToGroup(Bpf.probe(probes.ports()));
            probes.send();
            return true;
        } catch (IOException | LastErrorException x) {
            LOG.debug("Probing {} failed", target, x);
            endProbes();
            return false;
        }
    }

    /**
     * Tells whether the listener has accepted a probe, and notes its index then. If more members were counted than there are,
     * the last probes go to any of them: the lowest index is the listener's own.
     */
    boolean isProbe(LinuxListener listener, SocketAddress client) {
        int index = probes == null ? Probes.NONE : probes.indexOf(client);
        if (index != Probes.NONE) {
            indexes.merge(listener, index, Math::min);
        }
        return index != Probes.NONE;
    }

    @Override
    public boolean steer() {
        if (staying.isEmpty() || !allOpen() || indexes.size() < staying.size()) {
            return false;
        }
        endProbes();
        boolean steered = steerAroundOurs();
        LOG.debug("Steering around {} of {} members: {}", indexes.values(), members, steered);
        return steered;
    }

    private boolean steerAroundOurs() {
        try {
            staying.get(0).attachToGroup(Bpf.steerAround(Set.copyOf(indexes.values()), members));
            return true;
        } catch (LastErrorException x) {
            LOG.debug("Cannot steer", x);
            return false;
        }
    }

    private void endProbes() {
        if (probes != null) {
            probes.close();
        }
    }

    /**
     * Hides all of our listeners from SYNs, which a sink then drops. That works where nobody else is in the group: who is
     * would be found, and the hash over the group chooses hidden members too (inet_lhash2_lookup). So it is looked again
     * afterwards; who comes later than that gets a group of its own, because the device is another.
     *
     * @return false if the listeners need a gate of their own
     */
    boolean hideFromSyns() {
        if (hiding == Hiding.NOT_TRIED) {
            hiding = !filterAllowed && allOpen() && isAlone() && tryToHide() ? Hiding.HIDDEN : Hiding.IMPOSSIBLE;
            LOG.debug("Our listeners on {}: {}", name, hiding);
        }
        return hiding == Hiding.HIDDEN;
    }

    private boolean isAlone() {
        return !staying.isEmpty() && members(staying.get(0)) == staying.size();
    }

    private boolean tryToHide() {
        try {
            sink = staying.get(0).sink();
            staying.forEach(LinuxListener::hideFromSyns);
            sink.open();
            if (countLike(staying.get(0), NO_DEVICE) == 1) {
                return true;
            }
        } catch (IOException | LastErrorException x) {
            LOG.debug("Cannot hide our listeners on {}", name, x);
        }
        closeSink();
        return false;
    }

    private void closeSink() {
        if (sink != null) {
            sink.close();
            sink = null;
        }
    }

    /** Is told by each of our listeners when it is closed. */
    void closed(LinuxListener listener) {
        staying.remove(listener);
        if (staying.isEmpty()) {
            closeSink();
        }
    }

    /** Whether our listeners are hidden from SYNs. */
    private enum Hiding {
        NOT_TRIED,
        HIDDEN,
        IMPOSSIBLE
    }

    /**
     * Closes the listener in the kernel, with the last SYN steered away from it. Between a detach and the close the
     * kernel's hash would choose it again, and its gate would make the client wait. So there is a program at each moment,
     * and the last one stays: one that does the others no harm without us. A member that comes later detaches it.
     */
    @Override
    public void leave(KernelListener listener) {
        if (!attached || !(listener instanceof LinuxListener leaver) || !staying.contains(leaver)) {
            return;
        }
        endProbes();
        Integer index = indexes.remove(leaver);
        if (leaver.isOpen()) {
            closeInKernel(leaver, index);
        }
        staying.remove(leaver);
        if (staying.isEmpty()) {
            attached = false;
            placeholder.close();
        } else if (index != null) {
            renumber(index);
        }
    }

    private void closeInKernel(LinuxListener leaver, Integer index) {
        try {
            if (index == null || countMembers(leaver) != members) {
                indexes.clear(); // Nor is it known any more where the others of ours are.
                detach();
            } else {
                leaver.attachToGroup(aroundLeaver(index));
            }
            leaver.closeInKernel(placeholder);
        } catch (IOException | LastErrorException x) {
            LOG.debug("The listener is left to NIO to close", x);
            detach();
        }
    }

    /** When a member leaves, the kernel puts the last into its place. */
    private void renumber(Integer left) {
        members--;
        indexes.replaceAll((listener, index) -> index == members ? left : index);
        if (members == staying.size() + 1 && indexes.size() == staying.size()) {
            steerAroundOurs(); // There is one other, and it may have moved.
        }
    }

    /**
     * Gives the program that must find none of ours until the last member has moved into the leaver's place, and
     * afterwards. While others of ours stay, SYNs go to members that are not ours and do not move. The last of ours sends
     * all to the member that is about to move: then its index is out of range, which means the hash over those that are
     * left. If it is itself the last, the program that steers around it spreads evenly over all others.
     */
    private Bpf aroundLeaver(int index) {
        int last = members - 1;
        Set<Integer> avoided = new HashSet<>(indexes.values());
        avoided.add(index);
        boolean othersMove = avoided.add(last);
        return othersMove && (indexes.isEmpty() || avoided.size() == members)
                ? Bpf.onlyTo(last)
                : Bpf.steerAround(avoided, members);
    }

    private void detach() {
        staying.stream().filter(LinuxListener::isOpen).findFirst().ifPresent(LinuxListener::detachFromGroup);
    }
}
