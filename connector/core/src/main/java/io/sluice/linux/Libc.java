package io.sluice.linux;

import com.sun.jna.LastErrorException;
import com.sun.jna.Native;
import com.sun.jna.Pointer;

/**
 * The few calls of the C library that Java has no way to make. Each throws on failure, with errno, unless it says that it
 * does not.
 */
final class Libc {
    static final int F_DUPFD_CLOEXEC = 1030;
    static final int AF_UNIX = 1;
    static final int AF_INET = 2;
    static final int AF_INET6 = 10;
    static final int AF_NETLINK = 16;
    static final int SOCK_STREAM = 1;
    static final int SOCK_DGRAM = 2;
    static final int SOCK_RAW = 3;
    static final int SOCK_SEQPACKET = 5;
    static final int SOCK_CLOEXEC = 0x80000;
    static final int NETLINK_SOCK_DIAG = 4;

    static final int IPPROTO_IP = 0;
    static final int IPPROTO_TCP = 6;
    static final int IPPROTO_IPV6 = 41;
    static final int SOL_SOCKET = 1;
    static final int SO_PROTOCOL = 38;
    static final int SO_REUSEADDR = 2;
    static final int SO_REUSEPORT = 15;
    static final int SO_PEERCRED = 17;
    static final int SO_RCVTIMEO = 20;
    static final int SO_SNDTIMEO = 21;
    static final int SO_ATTACH_FILTER = 26;
    static final int SO_ACCEPTCONN = 30;
    static final int SO_ATTACH_REUSEPORT_CBPF = 51;
    static final int SO_COOKIE = 57;
    static final int SO_BINDTOIFINDEX = 62;
    static final int SO_DETACH_REUSEPORT_BPF = 68;
    static final int TCP_DEFER_ACCEPT = 9;
    static final int TCP_INFO = 11;
    static final int IP_MINTTL = 21;
    static final int IPV6_V6ONLY = 26;
    static final int IPV6_MINHOPCOUNT = 73;

    static final int WNOHANG = 1;
    static final int WEXITED = 4;
    static final int WNOWAIT = 0x01000000;
    static final int WALL = 0x40000000;
    static final int RUSAGE_CHILDREN = -1;

    static final int EPERM = 1;
    static final int ENOENT = 2;
    static final int EINTR = 4;
    static final int ECHILD = 10;
    static final int EADDRINUSE = 98;

    static {
        Native.register(Libc.class, "c");
    }

    private Libc() {}

    /** Has the library loaded by now, or throws what keeps it from that. */
    static void load() {}

    static native int socket(int domain, int type, int protocol) throws LastErrorException;

    static native int bind(int fd, byte[] address, int length) throws LastErrorException;

    static native int connect(int fd, byte[] address, int length) throws LastErrorException;

    static native int listen(int fd, int backlog) throws LastErrorException;

    static native int accept4(int fd, byte[] address, int[] length, int flags) throws LastErrorException;

    static native long sendmsg(int fd, Pointer message, int flags) throws LastErrorException;

    static native long recvmsg(int fd, Pointer message, int flags) throws LastErrorException;

    static native int geteuid();

    /** Gives -1 on failure: whoever looks for a descriptor fails for all but one, and an exception each takes long. */
    static native int getpeername(int fd, byte[] address, int[] length);

    static native int getsockname(int fd, byte[] address, int[] length) throws LastErrorException;

    static native int getsockopt(int fd, int level, int option, byte[] value, int[] length) throws LastErrorException;

    /** Gives -1 on failure, as {@link #getpeername} does. */
    static native int getsockopt(int fd, int level, int option, long[] value, int[] length);

    static native int setsockopt(int fd, int level, int option, byte[] value, int length) throws LastErrorException;

    static native int send(int fd, byte[] message, int length, int flags) throws LastErrorException;

    static native int recv(int fd, byte[] buffer, int length, int flags) throws LastErrorException;

    /** Gives -1 on failure, as {@link #getpeername} does. */
    static native long readlink(String path, byte[] target, long length);

    static native int waitid(int idType, int id, byte[] info, int options) throws LastErrorException;

    static native int getrusage(int who, byte[] usage) throws LastErrorException;

    static native int fcntl(int fd, int command, int argument) throws LastErrorException;

    static native int dup2(int from, int to) throws LastErrorException;

    /** Gives -1 on failure. */
    static native int shutdown(int fd, int how);

    static native int close(int fd) throws LastErrorException;
}
