package io.sluice.linux;

import com.sun.jna.LastErrorException;
import com.sun.jna.Memory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The descriptor of a socket of this process, with the options that Java does not offer.
 *
 * @param fd its number, which is another's once it is closed
 */
public record Descriptor(int fd) {
    private static final Logger LOG = LoggerFactory.getLogger(Descriptor.class);
    private static final Path ALL = Path.of("/proc/self/fd");
    private static final int SOCKADDR_STORAGE = 128;
    private static final int JDK_BACKLOG = 50; // ServerSocketChannel.bind(SocketAddress, int)

    /**
     * The descriptor of a listening channel; if several listen on its port, the one that an option shows through. Of several
     * descriptors of one socket it is any.
     */
    static synchronized Descriptor of(ServerSocketChannel channel) throws IOException {
        Descriptor adopted = AdoptedChannels.descriptorOf(channel);
        if (adopted != null) {
            return adopted;
        }
        int port = ((InetSocketAddress) channel.getLocalAddress()).getPort();
        List<Descriptor> candidates = new ArrayList<>();
        forEachSocket(socket -> {
            if (socket.isListening() && socket.port() == port) {
                candidates.add(socket);
            }
        });
        if (areOneSocket(candidates)) {
            return candidates.get(0); // It is not touched to find it out, because others may hold it.
        }
        boolean reuseAddress = channel.getOption(StandardSocketOptions.SO_REUSEADDR);
        try {
            for (boolean value : new boolean[] {!reuseAddress, reuseAddress}) {
                channel.setOption(StandardSocketOptions.SO_REUSEADDR, value);
                candidates.removeIf(socket -> !socket.hasReuseAddress(value));
            }
        } finally {
            channel.setOption(StandardSocketOptions.SO_REUSEADDR, reuseAddress);
        }
        if (!areOneSocket(candidates)) {
            throw new IOException("%d descriptors in %s look like the listener".formatted(candidates.size(), ALL));
        }
        return candidates.get(0);
    }

    private boolean hasReuseAddress(boolean value) {
        try {
            return (getInt(Libc.SOL_SOCKET, Libc.SO_REUSEADDR) != 0) == value;
        } catch (LastErrorException x) {
            LOG.debug("Descriptor {} is closed", fd, x);
            return false;
        }
    }

    /** Those that are closed meanwhile, as by a thread that kept them for another process, are left out. */
    private static boolean areOneSocket(List<Descriptor> candidates) {
        Set<Long> inodes = new HashSet<>();
        candidates.removeIf(candidate -> {
            try {
                inodes.add(candidate.inode());
                return false;
            } catch (IOException x) {
                LOG.debug("Descriptor {} is closed", candidate.fd(), x);
                return true;
            }
        });
        return inodes.size() == 1;
    }

    /** Does something with each socket that is open now. */
    static void forEachSocket(Action action) {
        try (DirectoryStream<Path> links = Files.newDirectoryStream(ALL)) {
            for (Path link : links) {
                try {
                    if (Files.readSymbolicLink(link).toString().startsWith("socket:")) {
                        action.on(new Descriptor(
                                Integer.parseInt(ALL.relativize(link).toString())));
                    }
                } catch (IOException | LastErrorException x) {
                    LOG.trace("{} is gone, or no Internet socket", link, x);
                }
            }
        } catch (IOException x) {
            LOG.debug("Cannot list {}", ALL, x);
        }
    }

    /** What to do with each socket; that it fails for one does not keep it from the others. */
    interface Action {
        void on(Descriptor socket);
    }

    /**
     * Gives the number that the next descriptor gets, unless another thread is faster. No number is free where they are
     * used up.
     */
    static int lowestFree() {
        try {
            Descriptor next = placeholder();
            next.close();
            return next.fd;
        } catch (LastErrorException x) {
            LOG.debug("No descriptor is free", x);
            return 0;
        }
    }

    /**
     * Finds the descriptor of a connection, by its two addresses.
     *
     * @param lowestFree the number that it has unless another thread has taken that one; then it is the next that was free,
     *     and the search goes on from there
     * @return nothing if it is not connected any more
     * @throws IOException if the channel is closed
     */
    static Optional<Descriptor> ofAccepted(SocketChannel connection, int lowestFree) throws IOException {
        SocketAddress local = connection.getLocalAddress();
        SocketAddress remote = connection.getRemoteAddress();
        Descriptor first = new Descriptor(lowestFree);
        if (first.connects(local, remote)) {
            return Optional.of(first);
        }
        int slots = slots();
        return IntStream.concat(IntStream.range(lowestFree + 1, slots), IntStream.range(0, lowestFree))
                .mapToObj(Descriptor::new)
                .filter(socket -> socket.connects(local, remote))
                .findFirst();
    }

    /** A number that no descriptor reaches (FDSize, proc(5)). */
    static int slots() {
        try (Stream<String> lines = Files.lines(Path.of("/proc/self/status"), StandardCharsets.ISO_8859_1)) {
            return lines.filter(line -> line.startsWith("FDSize:"))
                    .mapToInt(line -> Integer.parseInt(line.replaceAll("\\D", "")))
                    .findFirst()
                    .orElse(0);
        } catch (IOException | UncheckedIOException x) {
            LOG.debug("Cannot tell how many descriptors there are", x);
            return 0;
        }
    }

    boolean connects(SocketAddress local, SocketAddress remote) {
        return remote.equals(peer()) && local.equals(address(name()));
    }

    /** The other end of an Internet connection; null if it is none. */
    InetSocketAddress peer() {
        byte[] peer = new byte[SOCKADDR_STORAGE];
        return Libc.getpeername(fd, peer, new int[] {peer.length}) == 0 ? address(peer) : null;
    }

    /** The Internet address in a struct sockaddr; null if it is of another family. */
    private static InetSocketAddress address(byte[] sockaddr) {
        ByteBuffer buffer = ByteBuffer.wrap(sockaddr);
        int port = buffer.getShort(2) & 0xffff;
        try {
            return switch (familyOf(sockaddr)) {
                case Libc.AF_INET ->
                    new InetSocketAddress(InetAddress.getByAddress(Arrays.copyOfRange(sockaddr, 4, 8)), port);
                case Libc.AF_INET6 -> // A mapped IPv4 address becomes one of IPv4, as the channel has it.
                    new InetSocketAddress(InetAddress.getByAddress(Arrays.copyOfRange(sockaddr, 8, 24)), port);
                default -> null;
            };
        } catch (UnknownHostException x) {
            throw new IllegalStateException(x);
        }
    }

    private static int familyOf(byte[] sockaddr) {
        return InetDiag.nativeOrder(ByteBuffer.wrap(sockaddr)).getShort();
    }

    /** Opens a TCP socket. */
    static Descriptor tcp(int family) {
        return new Descriptor(Libc.socket(family, Libc.SOCK_STREAM | Libc.SOCK_CLOEXEC, 0));
    }

    /** Opens a socket that is connected to nothing, to stand where a listener was. */
    static Descriptor placeholder() {
        return new Descriptor(Libc.socket(Libc.AF_UNIX, Libc.SOCK_STREAM | Libc.SOCK_CLOEXEC, 0));
    }

    /** Closes what this number stands for. */
    public void close() {
        Libc.close(fd);
    }

    /** Closes what this number stands for and lets it stand for the other's socket, in one step. */
    void replaceBy(Descriptor other) {
        Libc.dup2(other.fd, fd);
    }

    void attach(int option, Bpf program) {
        try (Memory instructions = program.toMemory()) {
            byte[] value = program.toSockFprog(instructions);
            Libc.setsockopt(fd, Libc.SOL_SOCKET, option, value, value.length);
        }
    }

    void setInt(int level, int option, int value) {
        byte[] bytes = new byte[4];
        InetDiag.nativeOrder(ByteBuffer.wrap(bytes)).putInt(value);
        Libc.setsockopt(fd, level, option, bytes, bytes.length);
    }

    int getInt(int level, int option) {
        return getInt(level, option, 0);
    }

    /** The integer at this offset of an option's value. */
    int getInt(int level, int option, int offset) {
        byte[] bytes = new byte[offset + 4];
        Libc.getsockopt(fd, level, option, bytes, new int[] {bytes.length});
        return InetDiag.nativeOrder(ByteBuffer.wrap(bytes)).getInt(offset);
    }

    boolean isListening() {
        return getInt(Libc.SOL_SOCKET, Libc.SO_ACCEPTCONN) == 1;
    }

    /** Tells whether it is a TCP listener on this address, or on all where all are wanted; not in which family. */
    boolean isTcpListenerOn(InetSocketAddress wanted) {
        try {
            InetSocketAddress address = address();
            InetAddress host = wanted.getAddress();
            return address != null
                    && isListening()
                    && getInt(Libc.SOL_SOCKET, Libc.SO_PROTOCOL) == Libc.IPPROTO_TCP
                    && address.getPort() == wanted.getPort()
                    && (address.getAddress().isAnyLocalAddress()
                            ? host == null || host.isAnyLocalAddress()
                            : address.getAddress().equals(host));
        } catch (LastErrorException x) {
            LOG.debug("Descriptor {} is no socket", fd, x);
            return false;
        }
    }

    boolean isV6Only() {
        return getInt(Libc.IPPROTO_IPV6, Libc.IPV6_V6ONLY) != 0;
    }

    /** The device it is bound to, 0 for none. */
    int device() {
        return getInt(Libc.SOL_SOCKET, Libc.SO_BINDTOIFINDEX);
    }

    int family() {
        return familyOf(name());
    }

    /** The port of an Internet socket, -1 of any other. */
    int port() {
        InetSocketAddress address = address();
        return address == null ? -1 : address.getPort();
    }

    /** Where an Internet socket is bound to; null for any other. */
    InetSocketAddress address() {
        return address(name());
    }

    private byte[] name() {
        byte[] name = new byte[SOCKADDR_STORAGE];
        Libc.getsockname(fd, name, new int[] {name.length});
        return name;
    }

    /**
     * Opens a socket that may be bound where this one is, which must have SO_REUSEPORT.
     *
     * @throws LastErrorException if no descriptor is left
     */
    Descriptor sibling() throws LastErrorException {
        int family = family();
        Descriptor sibling = tcp(family);
        try {
            sibling.setInt(Libc.SOL_SOCKET, Libc.SO_REUSEPORT, 1);
            if (family == Libc.AF_INET6) {
                sibling.setInt(Libc.IPPROTO_IPV6, Libc.IPV6_V6ONLY, getInt(Libc.IPPROTO_IPV6, Libc.IPV6_V6ONLY));
            }
            return sibling;
        } catch (LastErrorException x) {
            sibling.close();
            throw x;
        }
    }

    /** Binds this socket to the address that another of its family is bound to. */
    void bindAs(Descriptor other) {
        byte[] name = new byte[SOCKADDR_STORAGE];
        int[] length = {name.length};
        Libc.getsockname(other.fd, name, length);
        Libc.bind(fd, name, length[0]);
    }

    /**
     * Binds it to a device that does not exist: no SYN finds it any more, unless through another member of its group.
     *
     * @throws LastErrorException if it is bound to a device already and we may not change that, or with a kernel before 5.7
     */
    void hideFromSyns() throws LastErrorException {
        setInt(Libc.SOL_SOCKET, Libc.SO_BINDTOIFINDEX, Integer.MAX_VALUE);
    }

    /** Has it listen, or changes the length of its accept queue; less than 1 is what the JDK takes it for. */
    void listen(int backlog) {
        Libc.listen(fd, backlog < 1 ? JDK_BACKLOG : backlog);
    }

    /** Has packets dropped that have a lower TTL; 0 is for none. An IPv6 socket has two, for its IPv4 clients. */
    void setMinTtl(int family, int ttl) {
        setInt(Libc.IPPROTO_IP, Libc.IP_MINTTL, ttl);
        if (family == Libc.AF_INET6) {
            setInt(Libc.IPPROTO_IPV6, Libc.IPV6_MINHOPCOUNT, ttl);
        }
    }

    long inode() throws IOException {
        String link = Files.readSymbolicLink(ALL.resolve(Integer.toString(fd))).toString();
        return Long.parseLong(link.replaceAll("\\D", ""));
    }
}
