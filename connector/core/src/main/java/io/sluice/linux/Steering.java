package io.sluice.linux;

import com.sun.jna.LastErrorException;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.net.UnknownHostException;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.eclipse.jetty.util.IO;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The steering of a reuseport group around our listeners, which are several where each acceptor has its own: they drain
 * in one turn, with one program that gives none of them a SYN, and leave one after the other.
 */
final class Steering {
    private static final Logger LOG = LoggerFactory.getLogger(Steering.class);
    private static final int MOST_MEMBERS = 1024;

    private final DrainTurn turn;
    private final InetAddress probeTarget;
    private final int port;
    private final List<LinuxListener> ours = new ArrayList<>(); // Those that have not left.
    private final Map<LinuxListener, Integer> indexes = new HashMap<>();
    private final List<SocketChannel> probes = new ArrayList<>();
    private final List<Integer> probePorts = new ArrayList<>();
    private int members;
    private boolean turnTaken;
    private boolean probed;
    private boolean attached;
    private boolean steered;
    private Descriptor spare; // What the descriptor of a listener becomes when it leaves.

    /**
     * Steers around nobody yet.
     *
     * @param local the address of the listeners
     */
    Steering(InetSocketAddress local) {
        this.turn = new DrainTurn(local.getAddress().getHostAddress() + "-" + local.getPort());
        this.probeTarget = local.getAddress().isAnyLocalAddress() ? loopback(local.getAddress()) : local.getAddress();
        this.port = local.getPort();
    }

    private static InetAddress loopback(InetAddress sameFamily) {
        byte[] address = sameFamily instanceof Inet6Address ? new byte[16] : new byte[] {127, 0, 0, 1};
        address[address.length - 1] = 1;
        try {
            return InetAddress.getByAddress(address);
        } catch (UnknownHostException x) {
            throw new IllegalStateException(x);
        }
    }

    void join(LinuxListener listener) {
        ours.add(listener);
    }

    /** Detaches what others left behind, unless a drain is under way for longer than the bound. */
    void detachLeftover(Duration bound) {
        try {
            if (allOpen() && turn.take(bound)) {
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

    /** True without a wait if we have the turn already. */
    boolean takeTurn(Duration bound) {
        if (turnTaken) {
            return true;
        }
        try {
            if (!allOpen() || !turn.take(bound)) {
                return false;
            }
            countMembers();
            turnTaken = members > ours.size();
            if (!turnTaken) {
                turn.end(); // Who had the turn before was the last of the others.
            }
            return turnTaken;
        } catch (LastErrorException x) {
            LOG.debug("No turn", x);
            return false;
        }
    }

    void endTurn() {
        turn.end();
        turnTaken = false;
    }

    private boolean allOpen() {
        return ours.stream().allMatch(LinuxListener::isOpen);
    }

    /** None, if they cannot be counted: no probe comes back. */
    private void countMembers() {
        members = ours.isEmpty() ? 0 : Math.max(0, Math.min(ours.get(0).members(), MOST_MEMBERS));
    }

    /** Sends a probe to each member, once for all of ours. */
    void probe() {
        if (probed || !allOpen()) {
            return;
        }
        probed = true;
        if (!turnTaken) {
            countMembers();
        }
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
            attached = true;
            ours.get(0).steerBy(Bpf.probe(probePorts));
            for (SocketChannel probe : probes) {
                probe.connect(new InetSocketAddress(probeTarget, port)); // Done at once, within this machine.
            }
        } catch (IOException | LastErrorException x) {
            LOG.debug("Probing failed", x);
            endProbes(); // Descriptors may be what is short.
        }
    }

    /** Whether the listener has accepted a probe, which tells its index. */
    boolean isProbe(LinuxListener listener, SocketAddress client) {
        if (probes.isEmpty() || !((InetSocketAddress) client).getAddress().equals(probeTarget)) {
            return false;
        }
        int member = probePorts.indexOf(((InetSocketAddress) client).getPort());
        if (member >= 0) {
            indexes.put(listener, member);
        }
        return member >= 0;
    }

    /** False as long as the probe of one of ours is missing. */
    boolean steer() {
        if (!steered && allOpen() && indexes.size() == ours.size()) {
            endProbes();
            steered = steerAroundOurs();
            LOG.debug("Steering around {} of {} members: {}", indexes.values(), members, steered);
        }
        return steered;
    }

    private boolean steerAroundOurs() {
        try {
            ours.get(0).steerBy(Bpf.steerAround(Set.copyOf(indexes.values()), members));
            return true;
        } catch (LastErrorException x) {
            LOG.debug("Cannot steer", x);
            return false;
        }
    }

    private void endProbes() {
        probes.forEach(IO::close);
        probes.clear();
    }

    /**
     * Closes the listener in the kernel, with the last SYN steered away from it. Between a detach and the close the
     * kernel's hash would choose it again, and its gate would make the client wait. So there is a program at each moment,
     * and the last one stays: one that does the others no harm without us. A member that comes later detaches it.
     */
    void leave(LinuxListener leaver) {
        if (!attached || !ours.contains(leaver)) {
            return;
        }
        endProbes();
        Integer index = indexes.remove(leaver);
        if (leaver.isOpen()) {
            try {
                if (index == null || leaver.countMembers() != members) {
                    indexes.clear(); // Nor is it known any more where the others of ours are.
                    detach();
                } else {
                    leaver.steerBy(aroundLeaver(index));
                }
                leaver.closeBy(spare);
            } catch (IOException | LastErrorException x) {
                LOG.debug("The listener is left to NIO to close", x);
                detach();
            }
        }
        ours.remove(leaver);
        if (ours.isEmpty()) {
            attached = false;
            spare.close();
        } else if (index != null) {
            members--;
            indexes.replaceAll((listener, other) -> other == members ? index : other);
            if (members == ours.size() + 1 && indexes.size() == ours.size()) {
                steerAroundOurs(); // There is one other, and it may have moved.
            }
        }
    }

    /**
     * When a member leaves, the kernel puts the last into its place; until then, and afterwards, the program must find
     * none of ours. While others of ours stay, SYNs go to those who are not ours and do not move. The last of ours sends
     * all to the member that is about to move: then its index is out of range, which means the hash over those who are
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
        ours.stream().filter(LinuxListener::isOpen).findFirst().ifPresent(LinuxListener::detachProgram);
    }
}
