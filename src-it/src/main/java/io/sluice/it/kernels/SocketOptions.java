package io.sluice.it.kernels;

import com.sun.jna.LastErrorException;
import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.LinkedHashMap;
import java.util.Map;

/** Tries all that Sluice asks of the kernel, one by one, as the user that runs this. */
public final class SocketOptions {
    static final String OK = "ok";
    static final String FILTER = "SO_ATTACH_FILTER";

    private static final int HIGHEST_TTL = 255;
    private static final int NO_DEVICE = Integer.MAX_VALUE;
    private static final int BACKLOG = 16;
    private static final int BACKLOG_IN_TCP_INFO = 28; // tcpi_sacked, which a listener uses for its backlog.
    private static final int RETURN = 0x06; // BPF_RET | BPF_K
    private static final Map<Integer, String> ERRORS = Map.of(
            1,
            "EPERM",
            2,
            "ENOENT",
            13,
            "EACCES",
            22,
            "EINVAL",
            92,
            "ENOPROTOOPT",
            93,
            "EPROTONOSUPPORT",
            95,
            "EOPNOTSUPP");

    private final Map<String, Attempt> attempts = new LinkedHashMap<>();

    private interface Attempt {
        void on(int socket);
    }

    private SocketOptions() {
        attempts.put(FILTER, socket -> attach(socket, Libc.SO_ATTACH_FILTER));
        attempts.put("SO_ATTACH_REUSEPORT_CBPF", socket -> {
            set(socket, Libc.SOL_SOCKET, Libc.SO_REUSEPORT, 1);
            attach(socket, Libc.SO_ATTACH_REUSEPORT_CBPF);
        });
        attempts.put("SO_DETACH_REUSEPORT_BPF", socket -> {
            set(socket, Libc.SOL_SOCKET, Libc.SO_REUSEPORT, 1);
            attach(socket, Libc.SO_ATTACH_REUSEPORT_CBPF);
            set(socket, Libc.SOL_SOCKET, Libc.SO_DETACH_REUSEPORT_BPF, 0);
        });
        attempts.put("IP_MINTTL", socket -> set(socket, Libc.IPPROTO_IP, Libc.IP_MINTTL, HIGHEST_TTL));
        attempts.put("IPV6_MINHOPCOUNT", socket -> set(socket, Libc.IPPROTO_IPV6, Libc.IPV6_MINHOPCOUNT, HIGHEST_TTL));
        attempts.put("SO_BINDTOIFINDEX", socket -> set(socket, Libc.SOL_SOCKET, Libc.SO_BINDTOIFINDEX, NO_DEVICE));
        attempts.put("TCP_DEFER_ACCEPT", socket -> set(socket, Libc.IPPROTO_TCP, Libc.TCP_DEFER_ACCEPT, 0));
        attempts.put("TCP_INFO", SocketOptions::askForBacklog);
        attempts.put("inet_diag", socket -> ListenerDump.request());
    }

    /**
     * Prints a line for each: its name, a tab, and {@code ok} or the error.
     *
     * @param args none
     */
    public static void main(String[] args) {
        new SocketOptions().attempts.forEach((name, attempt) -> System.out.println(name + "\t" + outcome(attempt)));
    }

    /** On a new socket, of IPv6 as Java's are. */
    private static String outcome(Attempt attempt) {
        int socket = Libc.socket(Libc.AF_INET6, Libc.SOCK_STREAM, 0);
        try {
            attempt.on(socket);
            return OK;
        } catch (LastErrorException x) {
            return error(x.getErrorCode());
        } catch (IllegalStateException x) {
            return x.getMessage();
        } finally {
            Libc.close(socket);
        }
    }

    static String error(int errno) {
        return ERRORS.getOrDefault(errno, "errno " + errno);
    }

    static void set(int socket, int level, int option, int value) {
        byte[] bytes = ByteBuffer.allocate(Integer.BYTES)
                .order(ByteOrder.nativeOrder())
                .putInt(value)
                .array();
        Libc.setsockopt(socket, level, option, bytes, bytes.length);
    }

    /** A program of one instruction, that returns -1: the whole packet, or no member. */
    private static void attach(int socket, int option) {
        try (Memory instruction = new Memory(8)) { // struct sock_filter
            instruction.clear();
            instruction.setShort(0, (short) RETURN);
            instruction.setInt(4, -1);
            byte[] program = ByteBuffer.allocate(16) // struct sock_fprog
                    .order(ByteOrder.nativeOrder())
                    .putShort((short) 1)
                    .putLong(8, Pointer.nativeValue(instruction))
                    .array();
            Libc.setsockopt(socket, Libc.SOL_SOCKET, option, program, program.length);
        }
    }

    private static void askForBacklog(int socket) {
        Libc.listen(socket, BACKLOG);
        byte[] info = new byte[BACKLOG_IN_TCP_INFO + Integer.BYTES];
        Libc.getsockopt(socket, Libc.IPPROTO_TCP, Libc.TCP_INFO, info, new int[] {info.length});
        int backlog = ByteBuffer.wrap(info).order(ByteOrder.nativeOrder()).getInt(BACKLOG_IN_TCP_INFO);
        if (backlog != BACKLOG) {
            throw new IllegalStateException("another backlog");
        }
    }
}
