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

    private Map<ConnectionEnds, Descriptor> known = Map.of();
    private boolean fresh;

    /** Has the next connection that is not known searched for, once for all until this is called again. */
    public void refresh() {
        fresh = false;
    }

    /**
     * Finds a connection.
     *
     * @param ends its addresses, as the kernel has them
     * @return its descriptor; empty if it is not open any more
     */
    public Optional<Descriptor> find(ConnectionEnds ends) {
        if (!fresh && !isStill(known.get(ends), ends)) {
            known = all();
            fresh = true;
        }
        return Optional.ofNullable(known.get(ends)).filter(found -> isStill(found, ends));
    }

    private static boolean isStill(Descriptor known, ConnectionEnds ends) {
        try {
            return known != null && known.connects(ends.local(), ends.remote());
        } catch (LastErrorException x) {
            LOG.trace("Descriptor {} was closed meanwhile", known.fd(), x);
            return false;
        }
    }

    private static Map<ConnectionEnds, Descriptor> all() {
        Map<ConnectionEnds, Descriptor> all = new HashMap<>();
        IntStream.range(0, Descriptor.slots()).mapToObj(Descriptor::new).forEach(each -> {
            InetSocketAddress remote = each.peer(); // Without an exception for each that is no connection.
            if (remote != null) {
                put(all, each, remote);
            }
        });
        return all;
    }

    private static void put(Map<ConnectionEnds, Descriptor> all, Descriptor connection, InetSocketAddress remote) {
        try {
            all.put(new ConnectionEnds(connection.address(), remote), connection);
        } catch (LastErrorException x) {
            LOG.trace("Descriptor {} was closed meanwhile", connection.fd(), x);
        }
    }
}
