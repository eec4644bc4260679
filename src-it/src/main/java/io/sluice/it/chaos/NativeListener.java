package io.sluice.it.chaos;

import com.sun.jna.LastErrorException;
import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** The listener of this process, for options that Java does not offer and Sluice does not set. */
final class NativeListener {
    private static final Path ALL = Path.of("/proc/self/fd");
    private static final int SOL_SOCKET = 1;
    private static final int SO_ACCEPTCONN = 30;
    private static final int SO_ATTACH_REUSEPORT_CBPF = 51;
    private static final int IPPROTO_TCP = 6;
    private static final int TCP_DEFER_ACCEPT = 9;

    // linux/filter.h: struct sock_filter is a code, two jumps and a constant.
    private static final int LOAD_HALF = 0x28;
    private static final int SHIFT_RIGHT = 0x74;
    private static final int MOD = 0x94;
    private static final int RETURN_A = 0x16;
    private static final int SOURCE_PORT_OF_IPV4 = -0x100000 + 20; // SKF_NET_OFF
    private static final int INSTRUCTION = 8;

    /**
     * The foreign program gives a client to the member with the index of half its source port, modulo this. Half, because
     * the kernel prefers ports of one parity for clients (__inet_hash_connect).
     */
    static final int FOREIGN_MODULUS = 4;

    private final int fd;

    static {
        Native.register(NativeListener.class, "c");
    }

    private NativeListener(int fd) {
        this.fd = fd;
    }

    /** The one that listens on this port. */
    static NativeListener on(int port) throws IOException {
        try (DirectoryStream<Path> links = Files.newDirectoryStream(ALL)) {
            for (Path link : links) {
                int fd = Integer.parseInt(ALL.relativize(link).toString());
                if (listensOn(fd, port)) {
                    return new NativeListener(fd);
                }
            }
        }
        throw new IOException("no listener on port " + port);
    }

    private static boolean listensOn(int fd, int port) {
        try {
            byte[] listens = new byte[Integer.BYTES];
            getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, listens, new int[] {listens.length});
            byte[] name = new byte[128]; // struct sockaddr_storage; the port is its second half-word.
            getsockname(fd, name, new int[] {name.length});
            return ByteBuffer.wrap(listens).order(ByteOrder.nativeOrder()).getInt() == 1
                    && (ByteBuffer.wrap(name).getShort(2) & 0xffff) == port;
        } catch (LastErrorException x) {
            return false; // No socket, or gone.
        }
    }

    /** The kernel keeps a handshake half-open until data comes, or about so long (tcp(7)). */
    void deferAccept(int seconds) {
        byte[] value = ByteBuffer.allocate(Integer.BYTES)
                .order(ByteOrder.nativeOrder())
                .putInt(seconds)
                .array();
        setsockopt(fd, IPPROTO_TCP, TCP_DEFER_ACCEPT, value, value.length);
    }

    /** A program of the group that is not Sluice's: IPv4 clients are spread by their source ports. */
    void attachForeignProgram() {
        int[][] program = {{LOAD_HALF, SOURCE_PORT_OF_IPV4}, {SHIFT_RIGHT, 1}, {MOD, FOREIGN_MODULUS}, {RETURN_A, 0}};
        try (Memory instructions = new Memory((long) program.length * INSTRUCTION)) {
            instructions.clear();
            for (int i = 0; i < program.length; i++) {
                instructions.setShort((long) i * INSTRUCTION, (short) program[i][0]);
                instructions.setInt((long) i * INSTRUCTION + Integer.BYTES, program[i][1]);
            }
            byte[] value = ByteBuffer.allocate(16) // struct sock_fprog
                    .order(ByteOrder.nativeOrder())
                    .putShort((short) program.length)
                    .putLong(8, Pointer.nativeValue(instructions))
                    .array();
            setsockopt(fd, SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, value, value.length);
        }
    }

    private static native int getsockopt(int fd, int level, int option, byte[] value, int[] length)
            throws LastErrorException;

    private static native int getsockname(int fd, byte[] address, int[] length) throws LastErrorException;

    private static native int setsockopt(int fd, int level, int option, byte[] value, int length)
            throws LastErrorException;
}
