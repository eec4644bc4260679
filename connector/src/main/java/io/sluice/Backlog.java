package io.sluice;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The length that the kernel gives an accept queue, which may be less than what was asked for. */
final class Backlog {
    private static final Logger LOG = LoggerFactory.getLogger(Backlog.class);
    private static final Path SOMAXCONN = Path.of("/proc/sys/net/core/somaxconn");

    private Backlog() {}

    /** Linux: listen(2) silently truncates the backlog to net.core.somaxconn. */
    static void warnIfCapped(Object connector, int acceptQueueSize) {
        int cap = cap(SOMAXCONN);
        if (acceptQueueSize > cap) {
            LOG.warn(
                    "{}: acceptQueueSize is {}, but net.core.somaxconn caps it at {}: in a burst beyond that, clients wait"
                            + " a second or more for their SYN to be sent again. Raise net.core.somaxconn",
                    connector,
                    acceptQueueSize,
                    cap);
        }
    }

    /** The cap, or the largest int where none is known. */
    static int cap(Path somaxconn) {
        // In one read: a sysctl file ends after its first read, and Files.readString begins with a single byte.
        try (BufferedReader reader = Files.newBufferedReader(somaxconn)) {
            return Integer.parseInt(String.valueOf(reader.readLine()).trim());
        } catch (IOException | NumberFormatException x) {
            LOG.debug("No cap known from {}", somaxconn, x);
            return Integer.MAX_VALUE;
        }
    }
}
