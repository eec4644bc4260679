package io.sluice.it.bench;

import com.sun.jna.LastErrorException;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** The least that it takes to empty an accept queue: one system call for each connection, and one to see the end. */
final class AcceptLoop {
    private static final int AF_INET = 2;
    private static final int SOCK_STREAM = 1;
    private static final int SOCK_NONBLOCK = 0x800;
    private static final int SOCK_CLOEXEC = 0x80000;
    private static final int SOCKADDR_IN_BYTES = 16;
    private static final int BACKLOG = 4096;
    private static final int EAGAIN = 11;
    private static final byte[] LOOPBACK = {127, 0, 0, 1};

    static {
        Native.register(AcceptLoop.class, "c");
    }

    private AcceptLoop() {}

    /** Fills a queue, and tells how long it takes to accept it all. */
    static Ending run(int queue) throws IOException {
        int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        int[] accepted = new int[queue];
        int count = 0;
        try (QueuedClients clients = new QueuedClients()) {
            clients.connect(listen(listener), queue);
            long start = System.nanoTime();
            while (count < queue) {
                accepted[count] = accept4(listener, null, null, SOCK_NONBLOCK | SOCK_CLOEXEC);
                count++;
            }
            requireEmpty(listener);
            return new Ending(Side.LOOP, (System.nanoTime() - start) / 1e6, "");
        } finally {
            for (int i = 0; i < count; i++) {
                close(accepted[i]);
            }
            close(listener);
        }
    }

    private static InetSocketAddress listen(int fd) throws IOException {
        byte[] any = ByteBuffer.allocate(SOCKADDR_IN_BYTES)
                .order(ByteOrder.nativeOrder())
                .putShort((short) AF_INET)
                .put(4, LOOPBACK)
                .array();
        bind(fd, any, any.length);
        listen(fd, BACKLOG);
        byte[] bound = new byte[SOCKADDR_IN_BYTES];
        getsockname(fd, bound, new int[] {bound.length});
        return new InetSocketAddress(
                InetAddress.getByAddress(LOOPBACK), ByteBuffer.wrap(bound).getShort(2) & 0xffff);
    }

    private static void requireEmpty(int listener) throws IOException {
        try {
            close(accept4(listener, null, null, SOCK_CLOEXEC));
        } catch (LastErrorException x) {
            if (x.getErrorCode() == EAGAIN) {
                return;
            }
            throw x;
        }
        throw new IOException("more was queued than had connected");
    }

    private static native int socket(int domain, int type, int protocol) throws LastErrorException;

    private static native int bind(int fd, byte[] address, int length) throws LastErrorException;

    private static native int listen(int fd, int backlog) throws LastErrorException;

    private static native int getsockname(int fd, byte[] address, int[] length) throws LastErrorException;

    private static native int accept4(int fd, Pointer address, Pointer length, int flags) throws LastErrorException;

    private static native int close(int fd) throws LastErrorException;
}
