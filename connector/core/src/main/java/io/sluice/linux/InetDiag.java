package io.sluice.linux;

import com.sun.jna.LastErrorException;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * The kernel's list of TCP listeners and handshakes, read through NETLINK_SOCK_DIAG (sock_diag(7)), which tells more of them
 * than /proc/net/tcp: the device, whether they are for IPv6 only, how often a SYN-ACK was sent. Needs no privilege.
 */
final class InetDiag implements AutoCloseable {
    static final int LISTEN = 10;
    private static final int SYN_RECV = 3; // Request sockets too, whose own state is another (inet_diag_dump_icsk).
    private static final int HEADER = 16; // struct nlmsghdr
    private static final int REQUEST = 56; // struct inet_diag_req_v2
    private static final int MESSAGE = 72; // struct inet_diag_msg
    private static final int SEND_QUEUE = 60; // idiag_wqueue of struct inet_diag_msg
    private static final int SOCK_DIAG_BY_FAMILY = 20;
    private static final int NLM_F_REQUEST = 0x1;
    private static final int NLM_F_DUMP = 0x300;
    private static final int NLMSG_ERROR = 2;
    private static final int NLMSG_DONE = 3;
    private static final int SKMEMINFO = 7; // INET_DIAG_SKMEMINFO
    private static final int DROPS = 8 * 4; // SK_MEMINFO_DROPS
    private static final int SKV6ONLY = 11; // INET_DIAG_SKV6ONLY
    private static final int RECEIVE_SECONDS = 1;

    private final byte[] buffer = new byte[64 * 1024];
    private final int fd;

    /**
     * One listener.
     *
     * @param family AF_INET or AF_INET6
     * @param localAddress its address
     * @param localPort its port
     * @param device the interface it is bound to, 0 for none
     * @param uid the user that made it
     * @param inode its inode
     * @param v6Only whether it takes IPv6 only
     */
    record Entry(
            int family, InetAddress localAddress, int localPort, int device, int uid, long inode, boolean v6Only) {}

    InetDiag() throws LastErrorException {
        fd = Libc.socket(Libc.AF_NETLINK, Libc.SOCK_RAW | Libc.SOCK_CLOEXEC, Libc.NETLINK_SOCK_DIAG);
        try {
            byte[] timeout = nativeBuffer(16).putLong(RECEIVE_SECONDS).array(); // struct timeval
            Libc.setsockopt(fd, Libc.SOL_SOCKET, Libc.SO_RCVTIMEO, timeout, timeout.length);
        } catch (LastErrorException x) {
            Libc.close(fd);
            throw x;
        }
    }

    /** The TCP listeners of this family and port. */
    List<Entry> listeners(int family, int localPort) throws IOException {
        List<Entry> entries = new ArrayList<>();
        dump(request(family, localPort, LISTEN), (datagram, at, end) -> {
            Entry entry = entry(datagram, at, end);
            if (entry.localPort() == localPort) {
                entries.add(entry);
            }
        });
        return entries;
    }

    /**
     * The half-open handshakes with listeners of this family and port, whichever of them. The kernel has to walk over all
     * connections for that.
     *
     * @return the client of each, and how often its SYN-ACK has been sent again
     */
    Map<InetSocketAddress, Integer> handshakes(int family, int localPort) throws IOException {
        Map<InetSocketAddress, Integer> handshakes = new HashMap<>();
        dump(request(family, localPort, SYN_RECV), (datagram, at, end) -> {
            if (port(datagram, at + 4) == localPort) {
                InetAddress client = address(datagram, datagram.get(at), at + 24);
                handshakes.put(new InetSocketAddress(client, port(datagram, at + 6)), datagram.get(at + 3) & 0xff);
            }
        });
        return handshakes;
    }

    private void dump(byte[] request, Reader reader) throws IOException {
        send(request);
        boolean more = true;
        while (more) {
            more = receive(reader);
        }
    }

    private void send(byte[] request) throws IOException {
        try {
            Libc.send(fd, request, request.length, 0);
        } catch (LastErrorException x) {
            throw new IOException("inet_diag: " + x.getMessage(), x);
        }
    }

    /** Reads one datagram; gives false once the answer to a dump is complete. */
    private boolean receive(Reader reader) throws IOException {
        try {
            int length = Libc.recv(fd, buffer, buffer.length, 0);
            return read(nativeOrder(ByteBuffer.wrap(buffer, 0, length)), reader);
        } catch (LastErrorException x) {
            throw new IOException("inet_diag: " + x.getMessage(), x);
        }
    }

    /** Reads one struct inet_diag_msg, with the attributes behind it. */
    private interface Reader {
        void read(ByteBuffer datagram, int at, int end) throws IOException;
    }

    /**
     * Looks up one connection, without a walk over all of them (inet_diag_get_exact).
     *
     * @throws IOException if there is no such connection, or the kernel does not tell
     */
    SocketState connection(InetSocketAddress local, InetSocketAddress remote) throws IOException {
        List<SocketState> found = new ArrayList<>();
        send(request(local, remote));
        receive((datagram, at, end) -> {
            int memory = attribute(datagram, at + MESSAGE, end, SKMEMINFO, DROPS + 4);
            int dropped = memory < 0 ? 0 : datagram.getInt(memory + DROPS);
            found.add(new SocketState(datagram.getInt(at + SEND_QUEUE), dropped));
        });
        if (found.isEmpty()) {
            throw new IOException("inet_diag: no answer");
        }
        return found.get(0);
    }

    private static byte[] request(InetSocketAddress local, InetSocketAddress remote) {
        boolean v4 = local.getAddress() instanceof Inet4Address;
        ByteBuffer request = nativeBuffer(HEADER + REQUEST);
        request.putInt(HEADER + REQUEST).putShort((short) SOCK_DIAG_BY_FAMILY);
        request.putShort((short) NLM_F_REQUEST).putLong(0);
        request.put((byte) (v4 ? Libc.AF_INET : Libc.AF_INET6)).put((byte) Libc.IPPROTO_TCP);
        request.put((byte) (1 << (SKMEMINFO - 1)));
        request.putInt(HEADER + 4, -1); // In whichever state.
        request.order(ByteOrder.BIG_ENDIAN).position(HEADER + 8);
        request.putShort((short) local.getPort()).putShort((short) remote.getPort());
        request.put(Arrays.copyOf(local.getAddress().getAddress(), 16));
        request.put(Arrays.copyOf(remote.getAddress().getAddress(), 16));
        request.putInt(0).putLong(-1); // On whichever interface; INET_DIAG_NOCOOKIE.
        return request.array();
    }

    private static byte[] request(int family, int localPort, int state) {
        ByteBuffer request = nativeBuffer(HEADER + REQUEST);
        request.putInt(HEADER + REQUEST).putShort((short) SOCK_DIAG_BY_FAMILY);
        request.putShort((short) (NLM_F_REQUEST | NLM_F_DUMP)).putLong(0);
        request.put((byte) family)
                .put((byte) Libc.IPPROTO_TCP)
                .putShort((short) 0)
                .putInt(1 << state);
        request.order(ByteOrder.BIG_ENDIAN).putShort((short) localPort);
        return request.array();
    }

    /**
     * Reads the messages of one datagram.
     *
     * @return false once the answer is complete
     * @throws IOException if the kernel reports an error, or what it sent makes no sense
     */
    static boolean parse(ByteBuffer datagram, Consumer<Entry> entries) throws IOException {
        return read(datagram, (message, at, end) -> entries.accept(entry(message, at, end)));
    }

    private static boolean read(ByteBuffer datagram, Reader reader) throws IOException {
        while (datagram.remaining() >= HEADER) {
            int start = datagram.position();
            int length = datagram.getInt(start);
            int type = datagram.getShort(start + 4);
            if (length < HEADER || length > datagram.remaining()) {
                throw new IOException("inet_diag: a message of %d bytes in %d".formatted(length, datagram.remaining()));
            }
            int errno = length >= HEADER + 4 ? -datagram.getInt(start + HEADER) : 0;
            if (type == NLMSG_DONE && errno <= 0) {
                return false;
            }
            if (type == NLMSG_ERROR || type == NLMSG_DONE) { // Without tcp_diag: "done", and ENOENT.
                throw new IOException("inet_diag: the kernel answered with errno " + errno);
            }
            if (type == SOCK_DIAG_BY_FAMILY && length >= HEADER + MESSAGE) {
                reader.read(datagram, start + HEADER, start + length);
            }
            datagram.position(Math.min(datagram.limit(), start + align(length)));
        }
        return true;
    }

    private static Entry entry(ByteBuffer datagram, int at, int end) throws IOException {
        int family = datagram.get(at);
        return new Entry(
                family,
                address(datagram, family, at + 8),
                port(datagram, at + 4),
                datagram.getInt(at + 40),
                datagram.getInt(at + 64),
                Integer.toUnsignedLong(datagram.getInt(at + 68)),
                isV6Only(datagram, at + MESSAGE, end));
    }

    private static int port(ByteBuffer datagram, int at) {
        return (datagram.get(at) & 0xff) << 8 | datagram.get(at + 1) & 0xff;
    }

    /** An IPv4 address that is mapped into IPv6 becomes an IPv4 address here, as InetAddress does it. */
    private static InetAddress address(ByteBuffer datagram, int family, int at) throws IOException {
        int start = datagram.arrayOffset() + at;
        return InetAddress.getByAddress(
                Arrays.copyOfRange(datagram.array(), start, start + (family == Libc.AF_INET ? 4 : 16)));
    }

    private static boolean isV6Only(ByteBuffer datagram, int attributes, int end) {
        int value = attribute(datagram, attributes, end, SKV6ONLY, 1);
        return value >= 0 && datagram.get(value) != 0;
    }

    /**
     * Finds the value of an attribute. They follow the message: length and type, two bytes each, and the value, padded to
     * four bytes.
     *
     * @return where it is, or -1 if there is none of that type and size at least
     */
    private static int attribute(ByteBuffer datagram, int attributes, int end, int type, int size) {
        int at = attributes;
        while (at + 4 <= end) {
            int length = datagram.getShort(at) & 0xffff;
            if (length < 4 || at + length > end) {
                return -1;
            }
            if (datagram.getShort(at + 2) == type && length >= 4 + size) {
                return at + 4;
            }
            at += align(length);
        }
        return -1;
    }

    private static int align(int length) {
        return (length + 3) & ~3;
    }

    private static ByteBuffer nativeBuffer(int size) {
        return nativeOrder(ByteBuffer.allocate(size));
    }

    static ByteBuffer nativeOrder(ByteBuffer buffer) {
        return buffer.order(ByteOrder.nativeOrder());
    }

    @Override
    public void close() {
        Libc.close(fd);
    }
}
