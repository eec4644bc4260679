package io.sluice.linux;

import com.sun.jna.LastErrorException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The descriptors of the connections of this process, which Java does not tell: found by their addresses. */
public final class ConnectionDescriptors {
    private static final Logger LOG = LoggerFactory.getLogger(ConnectionDescriptors.class);

    private Map<InetSocketAddress, List<Descriptor>> byClient = Map.of();
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
        Optional<Descriptor> found = known(ends);
        if (found.isEmpty() && !fresh) {
            byClient = all();
            fresh = true;
            found = known(ends);
        }
        return found;
    }

    private Optional<Descriptor> known(ConnectionEnds ends) {
        return byClient.getOrDefault(ends.remote(), List.of()).stream()
                .filter(each -> isStill(each, ends))
                .findFirst();
    }

    private static boolean isStill(Descriptor known, ConnectionEnds ends) {
        try {
            return known.connects(ends.local(), ends.remote());
        } catch (LastErrorException x) {
            LOG.trace("Descriptor {} was closed meanwhile", known.fd(), x);
            return false;
        }
    }

    /** A client's address says nearly all, and to ask for ours too takes twice as long. */
    private static Map<InetSocketAddress, List<Descriptor>> all() {
        Map<InetSocketAddress, List<Descriptor>> all = new HashMap<>();
        int slots = Descriptor.slots();
        for (int fd = 0; fd < slots; fd++) {
            Descriptor each = new Descriptor(fd);
            InetSocketAddress client = each.peer(); // Without an exception for each that is no connection.
            if (client != null) {
                all.computeIfAbsent(client, address -> new ArrayList<>(1)).add(each);
            }
        }
        return all;
    }
}
