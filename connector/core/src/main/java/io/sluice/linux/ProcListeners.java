package io.sluice.linux;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The kernel's list of TCP listeners as /proc/net/tcp and tcp6 have it (proc_net_tcp.txt in the kernel's documentation), for
 * kernels without inet_diag. It tells neither the device nor whether a listener is for IPv6 only: here none is bound to a
 * device, and all are for both. So members of another group, that differ from ours in nothing else, may be taken for ours.
 * Steering does no harm then: an index that no member has means the kernel's hash, which may choose us now and then.
 */
final class ProcListeners {
    private static final int LOCAL_ADDRESS = 1;
    private static final int STATE = 3;
    private static final int UID = 7;
    private static final int INODE = 9;
    private static final String LISTEN = "0A";

    private ProcListeners() {}

    /** The file for sockets of this family. */
    static Path fileOf(int family) {
        return Path.of(family == Libc.AF_INET6 ? "/proc/self/net/tcp6" : "/proc/self/net/tcp");
    }

    /** The TCP listeners of this family and port. */
    static List<InetDiag.Entry> read(int family, int localPort) throws IOException {
        return read(fileOf(family), family, localPort);
    }

    /** Reads no further than the listeners, which come first. */
    static List<InetDiag.Entry> read(Path file, int family, int localPort) throws IOException {
        List<InetDiag.Entry> entries = new ArrayList<>();
        try (BufferedReader in = Files.newBufferedReader(file)) {
            in.readLine(); // The names of the columns.
            for (String line; (line = in.readLine()) != null; ) {
                String[] columns = line.trim().split("[ ]+");
                if (columns.length <= INODE || !columns[STATE].equals(LISTEN)) {
                    break;
                }
                InetDiag.Entry entry = entry(family, columns);
                if (entry.localPort() == localPort) {
                    entries.add(entry);
                }
            }
        } catch (IllegalArgumentException | IndexOutOfBoundsException x) {
            throw new IOException("%s makes no sense: %s".formatted(file, x.getMessage()), x);
        }
        return entries;
    }

    private static InetDiag.Entry entry(int family, String[] columns) throws IOException {
        String address = columns[LOCAL_ADDRESS];
        int colon = address.indexOf(':');
        return new InetDiag.Entry(
                family,
                address(address.substring(0, colon)),
                Integer.parseInt(address.substring(colon + 1), 16),
                0,
                Integer.parseUnsignedInt(columns[UID]),
                Long.parseLong(columns[INODE]),
                false);
    }

    /** The kernel prints four bytes at a time, as the integer that they are on this machine. */
    private static InetAddress address(String hex) throws IOException {
        ByteBuffer address = InetDiag.nativeOrder(ByteBuffer.allocate(hex.length() / 2));
        for (int at = 0; at < hex.length(); at += 8) {
            address.putInt(Integer.parseUnsignedInt(hex.substring(at, at + 8), 16));
        }
        return InetAddress.getByAddress(address.array());
    }
}
