package io.sluice.linux;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import org.eclipse.jetty.util.IO;

/**
 * Connections of ours to the members of a group, one to each. The kernel does not tell the index of a member: a program
 * gives the connection from the i-th port to the i-th member, and the one that a listener accepts tells its index.
 */
final class Probes implements AutoCloseable {
    /** The answer for a client that is no probe. */
    static final int NONE = -1;

    private final InetSocketAddress target;
    private final List<SocketChannel> probes = new ArrayList<>();
    private final List<Integer> ports = new ArrayList<>();

    /** Prepares the probes, which are sent by {@link #send}. */
    Probes(InetSocketAddress target, int members) throws IOException {
        this.target = target;
        try {
            while (probes.size() < members) {
                SocketChannel probe = SocketChannel.open();
                probes.add(probe);
                probe.configureBlocking(false);
                probe.setOption(StandardSocketOptions.SO_LINGER, 0); // A reset at the end: no TIME_WAIT, no waiting.
                probe.bind(new InetSocketAddress(target.getAddress(), 0));
                ports.add(((InetSocketAddress) probe.getLocalAddress()).getPort());
            }
        } catch (IOException | RuntimeException x) {
            close(); // Descriptors may be short.
            throw x;
        }
    }

    /** Gives the source port of each probe. */
    List<Integer> ports() {
        return List.copyOf(ports);
    }

    /** Connects each to its member, at once, because both ends are on this machine. */
    void send() throws IOException {
        for (SocketChannel probe : probes) {
            probe.connect(target);
        }
    }

    /** Tells the index of the member that this client was sent to, or {@link #NONE}. */
    int indexOf(SocketAddress client) {
        boolean ours =
                !probes.isEmpty() && ((InetSocketAddress) client).getAddress().equals(target.getAddress());
        return ours ? ports.indexOf(((InetSocketAddress) client).getPort()) : NONE;
    }

    /** Ends them with a reset, so that a member that has not accepted its probe yet does not serve it. */
    @Override
    public void close() {
        probes.forEach(IO::close);
        probes.clear();
    }
}
