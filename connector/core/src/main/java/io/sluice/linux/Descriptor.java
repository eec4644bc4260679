package io.sluice.linux;

import com.sun.jna.LastErrorException;
import com.sun.jna.Memory;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The descriptor of a socket of this process, with the options that Java does not offer.
 *
 * @param fd its number, which is another's once it is closed
 */
record Descriptor(int fd) {
    private static final Logger LOG = LoggerFactory.getLogger(Descriptor.class);
    private static final Path ALL = Path.of("/proc/self/fd");

    /** The descriptor of a listening channel; if several listen on its port, the one that an option shows through. */
    static synchronized Descriptor of(ServerSocketChannel channel) throws IOException {
        int port = ((InetSocketAddress) channel.getLocalAddress()).getPort();
        List<Descriptor> candidates = new ArrayList<>();
        forEachSocket(socket -> {
            if (socket.isListening() && socket.port() == port) {
                candidates.add(socket);
            }
        });
        boolean reuseAddress = channel.getOption(StandardSocketOptions.SO_REUSEADDR);
        try {
            for (boolean value : new boolean[] {!reuseAddress, reuseAddress}) {
                channel.setOption(StandardSocketOptions.SO_REUSEADDR, value);
                candidates.removeIf(socket -> (socket.getInt(Libc.SOL_SOCKET, Libc.SO_REUSEADDR) != 0) != value);
            }
        } finally {
            channel.setOption(StandardSocketOptions.SO_REUSEADDR, reuseAddress);
        }
        if (candidates.size() != 1) {
            throw new IOException("%d descriptors in %s look like the listener".formatted(candidates.size(), ALL));
        }
        return candidates.get(0);
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

    /** Opens a TCP socket. */
    static Descriptor tcp() {
        return new Descriptor(Libc.socket(Libc.AF_INET, Libc.SOCK_STREAM | Libc.SOCK_CLOEXEC, 0));
    }

    /** Opens a socket that is connected to nothing, to stand where a listener was. */
    static Descriptor placeholder() {
        return new Descriptor(Libc.socket(Libc.AF_UNIX, Libc.SOCK_STREAM | Libc.SOCK_CLOEXEC, 0));
    }

    void close() {
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

    int family() {
        return InetDiag.nativeOrder(name()).getShort();
    }

    /** The port of an Internet socket, -1 of any other. */
    int port() {
        int family = family();
        return family == Libc.AF_INET || family == Libc.AF_INET6 ? name().getShort(2) & 0xffff : -1;
    }

    private ByteBuffer name() {
        byte[] name = new byte[128]; // struct sockaddr_storage
        Libc.getsockname(fd, name, new int[] {name.length});
        return ByteBuffer.wrap(name);
    }

    long inode() throws IOException {
        String link = Files.readSymbolicLink(ALL.resolve(Integer.toString(fd))).toString();
        return Long.parseLong(link.replaceAll("\\D", ""));
    }
}
