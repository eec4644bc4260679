package io.sluice.linux;

import com.sun.jna.LastErrorException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A listener that no SYN finds, and whose row comes right behind that of another in /proc/net/tcp6. When somebody reads the
 * row of the last listener of a machine, the kernel looks for the next one (seq_read_iter), which is that of an established
 * connection: it goes through all buckets of those, which takes some milliseconds with 262,144 of them.
 */
final class RowBehind {
    private static final Logger LOG = LoggerFactory.getLogger(RowBehind.class);

    private final Descriptor socket; // Null where there can be none: then it takes some milliseconds.

    /** Puts a row behind a listener's, which must be of IPv6 and have SO_REUSEPORT: such are listed in their order. */
    RowBehind(Descriptor listener) {
        socket = open(listener);
    }

    private static Descriptor open(Descriptor listener) {
        Descriptor opened = null;
        try {
            opened = listener.sibling();
            opened.bindAs(listener);
            opened.hideFromSyns(); // After the bind, which looks for the device.
            opened.listen(1);
            return opened;
        } catch (LastErrorException x) { // A kernel before 5.7, a port below 1024, no descriptor left.
            LOG.debug("No row behind that of {}", listener, x);
            if (opened != null) {
                opened.close();
            }
            return null;
        }
    }

    void close() {
        if (socket != null) {
            socket.close();
        }
    }
}
