package io.sluice.internal.listen;

import io.sluice.linux.Sysctl;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The length that the kernel gives an accept queue, which may be less than what was asked for. */
public final class Backlog {
    private static final Logger LOG = LoggerFactory.getLogger(Backlog.class);

    private Backlog() {}

    /**
     * Warns where Linux will give the queue less than what was asked for: listen(2) silently truncates the backlog to
     * net.core.somaxconn.
     *
     * @param connector is named in the warning
     * @param acceptQueueSize what was asked for
     */
    public static void warnIfCapped(Object connector, int acceptQueueSize) {
        int cap = cap(acceptQueueSize);
        if (acceptQueueSize > cap) {
            LOG.warn(
                    "{}: acceptQueueSize is {}, but net.core.somaxconn caps it at {}: in a burst beyond that, clients wait"
                            + " a second or more for their SYN to be sent again. Raise net.core.somaxconn",
                    connector,
                    acceptQueueSize,
                    cap);
        }
    }

    /**
     * Gives the length that a queue will have.
     *
     * @param acceptQueueSize what was asked for
     * @return that, or the kernel's limit where it is lower
     */
    public static int cap(int acceptQueueSize) {
        return Math.min(acceptQueueSize, cap(Sysctl.read("net/core/somaxconn")));
    }

    /** Reads the limit; gives the largest int where none is known. */
    static int cap(Optional<String> somaxconn) {
        try {
            return somaxconn.map(Integer::valueOf).orElse(Integer.MAX_VALUE);
        } catch (NumberFormatException x) {
            LOG.debug("net.core.somaxconn is {}", somaxconn, x);
            return Integer.MAX_VALUE;
        }
    }
}
