package io.sluice.it.kernels;

import com.sun.jna.LastErrorException;
import com.sun.jna.Native;

/** The calls by which options of sockets are tried; numbers of asm-generic/socket.h and its neighbours. */
final class Libc {
    static final int AF_INET = 2;
    static final int AF_INET6 = 10;
    static final int AF_NETLINK = 16;
    static final int SOCK_STREAM = 1;
    static final int SOCK_RAW = 3;
    static final int NETLINK_SOCK_DIAG = 4;
    static final int IPPROTO_IP = 0;
    static final int IPPROTO_TCP = 6;
    static final int IPPROTO_IPV6 = 41;
    static final int SOL_SOCKET = 1;
    static final int SO_REUSEPORT = 15;
    static final int SO_ATTACH_FILTER = 26;
    static final int SO_ATTACH_REUSEPORT_CBPF = 51;
    static final int SO_BINDTOIFINDEX = 62;
    static final int SO_DETACH_REUSEPORT_BPF = 68;
    static final int TCP_DEFER_ACCEPT = 9;
    static final int TCP_INFO = 11;
    static final int IP_MINTTL = 21;
    static final int IPV6_MINHOPCOUNT = 73;

    static {
        Native.register(Libc.class, "c");
    }

    private Libc() {}

    static native int socket(int domain, int type, int protocol) throws LastErrorException;

    static native int listen(int fd, int backlog) throws LastErrorException;

    static native int getsockname(int fd, byte[] address, int[] length) throws LastErrorException;

    static native int getsockopt(int fd, int level, int option, byte[] value, int[] length) throws LastErrorException;

    static native int setsockopt(int fd, int level, int option, byte[] value, int length) throws LastErrorException;

    static native int send(int fd, byte[] message, int length, int flags) throws LastErrorException;

    static native int recv(int fd, byte[] buffer, int length, int flags) throws LastErrorException;

    static native int close(int fd) throws LastErrorException;
}
