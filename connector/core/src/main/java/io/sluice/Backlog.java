package io.sluice;

import io.sluice.linux.Sysctl;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The length that the kernel gives an accept queue, which may be less than what was asked for. */
final class Backlog {
    private static final Logger LOG = LoggerFactory.getLogger(Backlog.class);

    private Backlog() {}

    /** Linux: listen(2) silently truncates the backlog to net.core.somaxconn. */
    static void warnIfCapped(Object connector, int acceptQueueSize) {
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

    /** What becomes of an asked length. */
    static int cap(int acceptQueueSize) {
        return Math.min(acceptQueueSize, cap(Sysctl.read("net/core/somaxconn")));
    }

    /** The cap, or the largest int where none is known. */
    static int cap(Optional<String> somaxconn) {
        try {
            return somaxconn.map(Integer::valueOf).orElse(Integer.MAX_VALUE);
        } catch (NumberFormatException x) {
            LOG.debug("net.core.somaxconn is {}", somaxconn, x);
            return Integer.MAX_VALUE;
        }
    }
}
