package io.sluice.linux;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The listeners that a service manager has opened for this process, as systemd does for the service of a {@code .socket}
 * unit: descriptors from 3 on, with their number and names in the environment (sd_listen_fds(3)). Each is given once.
 */
public final class PassedListeners {
    private static final Logger LOG = LoggerFactory.getLogger(PassedListeners.class);
    private static final PassedListeners OURS =
            new PassedListeners(System.getenv(), ProcessHandle.current().pid(), 3); // SD_LISTEN_FDS_START
    private static final int MOST = 1024;

    private final Map<String, String> environment;
    private final long pid;
    private final int first;
    private final Set<Integer> taken = new HashSet<>();

    private PassedListeners(Map<String, String> environment, long pid, int first) {
        this.environment = environment;
        this.pid = pid;
        this.first = first;
    }

    /** Reads this environment in the place of ours, and has descriptors from this one on. */
    static PassedListeners of(Map<String, String> environment, long pid, int first) {
        return new PassedListeners(environment, pid, first);
    }

    /**
     * Gives those that this process was started with.
     *
     * @return never null; there may be none
     */
    public static PassedListeners ofThisProcess() {
        return OURS;
    }

    /**
     * Takes the listener of this name; if there is none, one that listens on this port and address; if nothing fits and
     * only one was passed, that one.
     *
     * @param name the name that the unit gives it ({@code FileDescriptorName=}), or null
     * @param wanted the address that would be listened on otherwise
     * @return its channel, see {@link AdoptedChannels}; empty where nothing was passed to this process, or nothing that fits, which is then a WARN
     */
    public synchronized Optional<ServerSocketChannel> take(String name, InetSocketAddress wanted) {
        if (!Long.toString(pid).equals(environment.get("LISTEN_PID"))) {
            return Optional.empty(); // For somebody else, or nobody.
        }
        try {
            List<Candidate> candidates = candidates();
            Optional<Candidate> found = only(candidates, candidate -> candidate.name.equals(name))
                    .or(() -> only(candidates, candidate -> candidate.descriptor.isTcpListenerOn(wanted)))
                    .or(() -> only(candidates, candidate -> taken.isEmpty()));
            if (found.isEmpty()) {
                LOG.warn(
                        "None of the {} listeners that were passed is for {} or named '{}': another one is opened",
                        candidates.size(),
                        wanted,
                        name);
                return Optional.empty();
            }
            // The descriptor that was passed stays open, as it does for a service that ignores it.
            ServerSocketChannel channel = AdoptedChannels.adopt(found.get().descriptor);
            taken.add(found.get().descriptor.fd());
            return Optional.of(channel);
        } catch (IOException | RuntimeException x) {
            LOG.debug("Cannot use what was passed", x);
            LOG.warn(
                    "The listeners that were passed cannot be used for {}, because {}: another one is opened",
                    wanted,
                    x.getMessage());
            return Optional.empty();
        }
    }

    /**
     * Takes all listeners of this name, which nobody else has a descriptor of.
     *
     * @param name the name that they were stored with
     * @return descriptors, to be closed by whoever calls; none where none was passed to this process
     */
    synchronized List<Descriptor> takeAll(String name) {
        if (!Long.toString(pid).equals(environment.get("LISTEN_PID"))) {
            return List.of();
        }
        try {
            List<Descriptor> found = candidates().stream()
                    .filter(candidate -> candidate.name.equals(name))
                    .map(Candidate::descriptor)
                    .toList();
            found.forEach(descriptor -> taken.add(descriptor.fd()));
            return found;
        } catch (IOException x) {
            LOG.debug("Cannot use what was passed", x);
            return List.of();
        }
    }

    private static Optional<Candidate> only(List<Candidate> candidates, Predicate<Candidate> condition) {
        List<Candidate> fitting = candidates.stream().filter(condition).toList();
        return fitting.size() == 1 ? Optional.of(fitting.get(0)) : Optional.empty();
    }

    private List<Candidate> candidates() throws IOException {
        if (!Features.hasNativeAccess()) {
            throw new IOException(Features.detect().obstacleToNativeAccess().orElseThrow());
        }
        int count = count();
        String[] names = environment.getOrDefault("LISTEN_FDNAMES", "").split(":");
        List<Candidate> candidates = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Descriptor descriptor = new Descriptor(first + i);
            if (!taken.contains(descriptor.fd()) && isTcpListener(descriptor)) {
                candidates.add(new Candidate(descriptor, i < names.length ? names[i] : ""));
            }
        }
        return candidates;
    }

    private int count() throws IOException {
        String count = environment.getOrDefault("LISTEN_FDS", "");
        try {
            int number = Integer.parseInt(count);
            if (number >= 0 && number <= MOST) {
                return number;
            }
        } catch (NumberFormatException x) {
            LOG.debug("LISTEN_FDS", x);
        }
        throw new IOException("LISTEN_FDS is '%s'; allowed is 0 to %d".formatted(count, MOST));
    }

    private static boolean isTcpListener(Descriptor descriptor) {
        try {
            return descriptor.port() > 0 && descriptor.isListening();
        } catch (RuntimeException x) { // A LastErrorException, by a name that needs no JNA.
            LOG.debug("Descriptor {} is no socket", descriptor.fd(), x);
            return false;
        }
    }

    /** One that may be taken. */
    private record Candidate(Descriptor descriptor, String name) {}
}
