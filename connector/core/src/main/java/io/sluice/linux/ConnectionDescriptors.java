package io.sluice.linux;

import com.sun.jna.LastErrorException;
import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The descriptors of the connections of this process, which Java does not tell: found by their addresses. */
public final class ConnectionDescriptors {
    private static final Logger LOG = LoggerFactory.getLogger(ConnectionDescriptors.class);

    private Map<Ends, Descriptor> known = Map.of();
    private boolean fresh;

    /** Has the next connection that is not known searched for, once for all until this is called again. */
    public void refresh() {
        fresh = false;
    }

    /**
     * Finds a connection.
     *
     * @param local our address, as the kernel has it
     * @param remote the client's
     * @return its descriptor; empty if it is not open any more
     */
    public Optional<Descriptor> find(InetSocketAddress local, InetSocketAddress remote) {
        Ends ends = new Ends(local, remote);
        if (!fresh && !isStill(known.get(ends), local, remote)) {
            known = all();
            fresh = true;
        }
        return Optional.ofNullable(known.get(ends)).filter(found -> isStill(found, local, remote));
    }

    private static boolean isStill(Descriptor known, InetSocketAddress local, InetSocketAddress remote) {
        try {
            return known != null && known.connects(local, remote);
        } catch (LastErrorException x) {
            LOG.trace("Descriptor {} was closed meanwhile", known.fd(), x);
            return false;
        }
    }

    private static Map<Ends, Descriptor> all() {
        Map<Ends, Descriptor> all = new HashMap<>();
        IntStream.range(0, Descriptor.slots()).mapToObj(Descriptor::new).forEach(each -> {
            InetSocketAddress remote = each.peer(); // Without an exception for each that is no connection.
            if (remote != null) {
                put(all, each, remote);
            }
        });
        return all;
    }

    private static void put(Map<Ends, Descriptor> all, Descriptor connection, InetSocketAddress remote) {
        try {
            all.put(new Ends(connection.address(), remote), connection);
        } catch (LastErrorException x) {
            LOG.trace("Descriptor {} was closed meanwhile", connection.fd(), x);
        }
    }

    private record Ends(InetSocketAddress local, InetSocketAddress remote) {}
}
