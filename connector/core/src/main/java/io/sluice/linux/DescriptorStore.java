package io.sluice.linux;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where systemd keeps descriptors of a service from its stop to its next start (sd_pid_notify_with_fds(3)). A listener that is
 * in there goes on queueing clients. What is stored for a service with {@code FileDescriptorStoreMax=} is passed to its next
 * process, and closed when the service has stopped for good. That a service has a store is told by the variable {@code
 * FDSTORE}: systemd sets it since version 254, and a unit's {@code Environment=} may.
 */
public final class DescriptorStore {
    private static final Logger LOG = LoggerFactory.getLogger(DescriptorStore.class);

    private final NotifySocket systemd;
    private final PassedListeners passed;
    private final int capacity;

    private DescriptorStore(NotifySocket systemd, PassedListeners passed, int capacity) {
        this.systemd = systemd;
        this.passed = passed;
        this.capacity = capacity;
    }

    /**
     * Gives the store of the service that this process is of.
     *
     * @return empty where there is none
     */
    public static Optional<DescriptorStore> ofThisService() {
        return of(System.getenv(), PassedListeners.ofThisProcess());
    }

    /** Reads this environment in the place of ours. */
    static Optional<DescriptorStore> of(Map<String, String> environment, PassedListeners passed) {
        String socket = environment.getOrDefault("NOTIFY_SOCKET", "");
        String capacity = environment.getOrDefault("FDSTORE", "");
        try {
            int most = capacity.isEmpty() ? 0 : Integer.parseInt(capacity);
            return socket.isEmpty() || most <= 0
                    ? Optional.empty()
                    : Optional.of(new DescriptorStore(new NotifySocket(socket), passed, most));
        } catch (NumberFormatException x) {
            LOG.warn("FDSTORE is '{}'; allowed is a number: nothing is stored", capacity);
            return Optional.empty();
        }
    }

    /**
     * Stores listeners of a port.
     *
     * @param port the port
     * @param listeners descriptors, which stay open
     * @return false if they cannot be stored, which is then a WARN
     */
    public boolean put(int port, List<Descriptor> listeners) {
        if (listeners.size() > capacity) {
            LOG.warn(
                    "{} listeners are not stored, because FileDescriptorStoreMax is {}: new clients are refused until the next"
                            + " start",
                    listeners.size(),
                    capacity);
            return false;
        }
        try {
            systemd.send("FDSTORE=1\nFDNAME=" + name(port), listeners);
            return true;
        } catch (IOException x) {
            LOG.warn(
                    "Systemd does not store the listeners, because {}: new clients are refused until the next start",
                    x.getMessage());
            return false;
        }
    }

    /**
     * Takes what was stored for a port at the last stop; the store has it no more.
     *
     * @param port the port
     * @return descriptors, to be closed by whoever calls; none if there is nothing
     */
    public List<Descriptor> take(int port) {
        List<Descriptor> listeners = passed.takeAll(name(port));
        if (!listeners.isEmpty()) {
            try {
                systemd.send("FDSTOREREMOVE=1\nFDNAME=" + name(port));
            } catch (IOException x) {
                LOG.warn("Systemd goes on storing the listeners, because {}", x.getMessage());
            }
        }
        return listeners;
    }

    private static String name(int port) {
        return "sluice-" + port;
    }
}
