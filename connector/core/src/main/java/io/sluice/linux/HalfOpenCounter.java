package io.sluice.linux;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.OptionalInt;
import org.eclipse.jetty.util.IO;

/**
 * Counts the half-open handshakes of a listener by the references that the kernel holds to it, from /proc/net/tcp or tcp6
 * (proc_net_tcp.txt in the kernel's documentation). One reference is the socket's own. Each request socket holds one more
 * (inet_reqsk_alloc), from its SYN until it is accepted, so that this counts our handshakes and those alone.
 *
 * <p>Listeners come first in the file: the read ends before the established connections, however many there are. To list
 * those in state SYN_RECV instead, by inet_diag, takes the kernel a walk over all of them. The file stays open, because in
 * a drain there may be no descriptor.
 */
final class HalfOpenCounter implements AutoCloseable {
    private static final int STATE = 3;
    private static final int INODE = 9;
    private static final int REFERENCES = 10;
    private static final String LISTEN = "0A";

    private final Path file;
    private final RandomAccessFile in; // Not a channel, which an interrupt would close.
    private final String inode;

    HalfOpenCounter(Path file, long inode) throws IOException {
        this.file = file;
        this.in = new RandomAccessFile(file.toFile(), "r");
        this.inode = Long.toString(inode);
    }

    /**
     * Counts the half-open handshakes.
     *
     * <p>A connection by syncookie is in the queue without holding a reference (cookie_tcp_reqsk_alloc), and would hide a
     * half-open handshake. So while anything is queued, zero is not believed as long as there is any reference.
     *
     * @param queued connections that were in the accept queue a moment ago
     * @throws IOException if the file cannot be read, or does not list the listener
     */
    int count(int queued) throws IOException {
        int held = references() - 1;
        return queued == 0 ? held : Math.max(Math.min(held, 1), held - queued);
    }

    /** Reads how many references the kernel holds, its own included. */
    int references() throws IOException {
        byte[] buffer = new byte[8192]; // Short reads keep the kernel from formatting what follows the listeners.
        String unfinished = "";
        in.seek(0); // The kernel writes it anew for each read from its beginning.
        for (int length; (length = in.read(buffer)) > 0; ) {
            String[] lines = (unfinished + new String(buffer, 0, length, StandardCharsets.US_ASCII)).split("\n", -1);
            unfinished = lines[lines.length - 1];
            for (int i = 0; i < lines.length - 1; i++) {
                OptionalInt references = ofOurs(lines[i]);
                if (references.isPresent()) {
                    return references.getAsInt();
                }
            }
        }
        throw new IOException("%s lists no listener with inode %s".formatted(file, inode));
    }

    private OptionalInt ofOurs(String line) throws IOException {
        String[] columns = line.trim().split("[ ]+");
        if (columns.length <= REFERENCES || !columns[STATE].equals(LISTEN) || !columns[INODE].equals(inode)) {
            return OptionalInt.empty();
        }
        try {
            return OptionalInt.of(Integer.parseInt(columns[REFERENCES]));
        } catch (NumberFormatException x) {
            throw new IOException("%s: '%s' is no count".formatted(file, columns[REFERENCES]), x);
        }
    }

    @Override
    public void close() {
        IO.close(in);
    }
}
