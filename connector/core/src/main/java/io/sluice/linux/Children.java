package io.sluice.linux;

import com.sun.jna.LastErrorException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the kernel tells of the children that have ended: a fork gives a child all descriptors, and its own children live on
 * without it. Those that have been waited for are in our resource usage, unless the kernel was told to keep nothing of them
 * (wait(2), getrusage(2)).
 */
final class Children {
    private static final Logger LOG = LoggerFactory.getLogger(Children.class);
    private static final int SIGCHLD = 17;
    private static final int SIGINFO = 128; // siginfo_t
    private static final int RUSAGE = 144; // struct rusage

    private final byte[] usage = new byte[RUSAGE];

    private Children() throws LastErrorException {
        Libc.getrusage(Libc.RUSAGE_CHILDREN, usage);
    }

    /** Looks now. */
    static Children now() throws LastErrorException {
        return new Children();
    }

    /** Tells whether this process may have had a child since then, or has one. */
    static boolean haveBegunSince(Children before) throws LastErrorException {
        return areThere() || !Arrays.equals(before.usage, now().usage) || isIgnored(SIGCHLD);
    }

    private static boolean areThere() {
        try {
            Libc.waitid(0, 0, new byte[SIGINFO], Libc.WNOHANG | Libc.WEXITED | Libc.WNOWAIT | Libc.WALL);
            return true;
        } catch (LastErrorException x) {
            return x.getErrorCode() != Libc.ECHILD;
        }
    }

    private static boolean isIgnored(int signal) {
        try (Stream<String> lines = Files.lines(Path.of("/proc/self/status"))) {
            return lines.filter(line -> line.startsWith("SigIgn:"))
                    .map(line -> Long.parseUnsignedLong(
                            line.substring(line.indexOf(':') + 1).trim(), 16))
                    .anyMatch(mask -> (mask >> signal - 1 & 1) != 0);
        } catch (IOException | UncheckedIOException | NumberFormatException x) {
            LOG.debug("Ignored signals are not known", x);
            return true;
        }
    }
}
