package io.sluice.linux;

import com.sun.jna.LastErrorException;
import com.sun.jna.Memory;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A connection between two processes of one user on this machine, whose messages may carry descriptors (unix(7),
 * SOCK_SEQPACKET, SCM_RIGHTS). It is found by an abstract name, which is scoped to the network namespace as a port is, and
 * vanishes with its process. Such a name has no permissions, so that each side asks the kernel who the other is
 * (SO_PEERCRED), and has nothing to do with another user.
 *
 * <p>Each call but {@link #accept} waits as long as {@link #LIMIT} at most, unless it is told otherwise: the other may be
 * stopped, or hostile.
 */
public final class PeerSocket implements AutoCloseable {
    /** How long one call waits for the other side if it is not told otherwise. */
    public static final Duration LIMIT = Duration.ofMillis(200);

    private static final Path NAMES = Path.of("/proc/self/net/unix");
    private static final int BACKLOG = 16;
    private static final int LONGEST_MESSAGE = 2048;
    private static final int MOST_DESCRIPTORS = 253; // SCM_MAX_FD
    private static final int MSG_CMSG_CLOEXEC = 0x40000000;
    private static final int MSG_TRUNCATED = 0x20 | 0x8; // MSG_TRUNC, MSG_CTRUNC
    private static final int SHUT_RDWR = 2;
    private static final int UID = 4; // In struct ucred.

    private final int fd;
    private boolean closed; // Guarded by this.

    private PeerSocket(int fd) {
        this.fd = fd;
    }

    /**
     * Waits for connections under a name.
     *
     * @param name the abstract name, with {@code @}
     * @return the socket, for {@link #accept}
     * @throws IOException if the name is taken
     */
    public static PeerSocket listen(String name) throws IOException {
        PeerSocket socket = open(prepared -> {
            byte[] address = UnixAddress.of(name);
            Libc.bind(prepared, address, address.length);
            Libc.listen(prepared, BACKLOG);
        });
        socket.waitFor(Duration.ZERO);
        return socket;
    }

    /**
     * Connects to a name.
     *
     * @param name the abstract name, with {@code @}
     * @return the connection
     * @throws IOException if nobody has that name, or another user
     */
    public static PeerSocket connect(String name) throws IOException {
        PeerSocket connection = open(socket -> {
            byte[] address = UnixAddress.of(name);
            Libc.connect(socket, address, address.length);
        });
        return connection.ofOurUser();
    }

    /**
     * Lists the names of sockets in this network namespace.
     *
     * @param prefix how they begin, with {@code @}
     * @return the names; each of them is what anybody may have chosen
     * @throws IOException if the kernel does not tell
     */
    public static List<String> names(String prefix) throws IOException {
        try (Stream<String> lines = Files.lines(NAMES, StandardCharsets.ISO_8859_1)) {
            return lines.map(line -> line.substring(line.lastIndexOf(' ') + 1))
                    .filter(name -> name.startsWith(prefix))
                    .distinct()
                    .toList();
        } catch (java.io.UncheckedIOException x) {
            throw x.getCause();
        }
    }

    private static PeerSocket open(Preparation preparation) throws IOException {
        int socket = -1;
        try {
            socket = Libc.socket(Libc.AF_UNIX, Libc.SOCK_SEQPACKET | Libc.SOCK_CLOEXEC, 0);
            byte[] limit = timeval(LIMIT);
            Libc.setsockopt(socket, Libc.SOL_SOCKET, Libc.SO_RCVTIMEO, limit, limit.length);
            Libc.setsockopt(socket, Libc.SOL_SOCKET, Libc.SO_SNDTIMEO, limit, limit.length);
            preparation.prepare(socket);
            return new PeerSocket(socket);
        } catch (LastErrorException x) {
            if (socket >= 0) {
                Libc.close(socket);
            }
            throw new IOException(x.getMessage(), x);
        }
    }

    private static byte[] timeval(Duration time) {
        return InetDiag.nativeOrder(ByteBuffer.allocate(16))
                .putLong(time.toSeconds())
                .putLong(time.toNanosPart() / 1000)
                .array();
    }

    /**
     * Waits for the next connection, as long as it takes.
     *
     * @return empty if it is one of another user
     * @throws IOException if the socket fails, as by {@link #shutDown}
     */
    public Optional<PeerSocket> accept() throws IOException {
        int accepted;
        try {
            accepted = Libc.accept4(fd, null, null, Libc.SOCK_CLOEXEC);
        } catch (LastErrorException x) {
            if (x.getErrorCode() == Libc.EINTR) {
                return Optional.empty();
            }
            throw new IOException(x.getMessage(), x);
        }
        PeerSocket connection = new PeerSocket(accepted);
        try {
            byte[] limit = timeval(LIMIT);
            Libc.setsockopt(accepted, Libc.SOL_SOCKET, Libc.SO_RCVTIMEO, limit, limit.length);
            Libc.setsockopt(accepted, Libc.SOL_SOCKET, Libc.SO_SNDTIMEO, limit, limit.length);
            return Optional.of(connection.ofOurUser());
        } catch (IOException | LastErrorException x) {
            connection.close();
            return Optional.empty();
        }
    }

    private PeerSocket ofOurUser() throws IOException {
        int uid = credentials().getInt(UID);
        if (uid != Libc.geteuid()) {
            close();
            throw new IOException("the other side is of user " + Integer.toUnsignedString(uid));
        }
        return this;
    }

    /**
     * Has {@link #receive} and {@link #accept} wait so long.
     *
     * @param limit the longest wait; zero is for as long as it takes
     * @throws IOException if it cannot be set
     */
    public void waitFor(Duration limit) throws IOException {
        try {
            byte[] value = timeval(limit);
            Libc.setsockopt(fd, Libc.SOL_SOCKET, Libc.SO_RCVTIMEO, value, value.length);
        } catch (LastErrorException x) {
            throw new IOException(x.getMessage(), x);
        }
    }

    /**
     * Ends the connection, and whoever waits for it or for a message of it; it is still to be closed. May be called by any
     * thread at any time: once it is closed, its number is another's.
     */
    public synchronized void shutDown() {
        if (!closed) {
            Libc.shutdown(fd, SHUT_RDWR);
        }
    }

    /**
     * Tells which process the other side is.
     *
     * @return its number as it is known here; 0 if it is not
     */
    public long peerPid() {
        return credentials().getInt(0);
    }

    private ByteBuffer credentials() {
        byte[] credentials = new byte[12]; // struct ucred: pid, uid, gid
        Libc.getsockopt(fd, Libc.SOL_SOCKET, Libc.SO_PEERCRED, credentials, new int[] {credentials.length});
        return InetDiag.nativeOrder(ByteBuffer.wrap(credentials));
    }

    /**
     * Sends one message.
     *
     * @param text what it says, in ASCII
     * @param descriptors what goes with it, at most {@value #MOST_DESCRIPTORS}; the other side gets copies
     * @throws IOException if the other side has gone, or does not read
     */
    public void send(String text, List<Descriptor> descriptors) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        try {
            SocketMessage.send(fd, bytes, descriptors);
        } catch (LastErrorException x) {
            throw new IOException(x.getMessage(), x);
        }
    }

    /**
     * Waits for a message.
     *
     * @return the message; empty if the other side has closed the connection, or ended
     * @throws IOException if none has come, or one that is too long
     */
    public Optional<Packet> receive() throws IOException {
        try (Memory content = new Memory(LONGEST_MESSAGE);
                SocketMessage message = new SocketMessage(content, MOST_DESCRIPTORS)) {
            int length = (int) Libc.recvmsg(fd, message.header(), MSG_CMSG_CLOEXEC);
            if (length == 0) {
                return Optional.empty();
            }
            Packet packet =
                    new Packet(new String(content.getByteArray(0, length), StandardCharsets.US_ASCII), message.read());
            if ((message.flags() & MSG_TRUNCATED) != 0) {
                packet.close();
                throw new IOException("a message is too long");
            }
            return Optional.of(packet);
        } catch (LastErrorException x) {
            throw new IOException(x.getMessage(), x);
        }
    }

    /** Called by the thread that uses it. */
    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            Libc.close(fd);
        }
    }

    private interface Preparation {
        void prepare(int socket) throws LastErrorException;
    }

    /**
     * What the other side has sent.
     *
     * @param text what it says
     * @param descriptors what came with it, to be closed by whoever receives it
     */
    public record Packet(String text, List<Descriptor> descriptors) implements AutoCloseable {
        /** A message with its descriptors. */
        public Packet {
            descriptors = List.copyOf(descriptors);
        }

        /** Closes the descriptors. */
        @Override
        public void close() {
            descriptors.forEach(Descriptor::close);
        }
    }
}
