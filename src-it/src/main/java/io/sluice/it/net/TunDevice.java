package io.sluice.it.net;

import com.sun.jna.LastErrorException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** The network interface of a namespace, whose IP packets are read and written here. */
final class TunDevice implements AutoCloseable {
    private static final String NODE = "/dev/net/tun";
    private static final int FLAGS_IN_IFREQ = 16;
    private static final int IFREQ = 40;
    private static final int POLLFD = 8;
    private static final int WAIT_MILLIS = 100;
    private static final int LARGEST_PACKET = 2048;

    private final byte[] packet = new byte[LARGEST_PACKET];
    private final int fd;

    private TunDevice(int fd) {
        this.fd = fd;
    }

    /**
     * Makes the device.
     *
     * @param name of the interface
     * @param network the namespace's own address and the length of the network's prefix
     */
    static TunDevice create(NetworkNamespace namespace, String name, String network) throws Exception {
        TunDevice device = namespace.call(() -> open(name));
        try {
            namespace.run("ip", "address", "add", network, "dev", name);
            // A pause of this process must not overflow the device's queue: that would be loss.
            namespace.run("ip", "link", "set", name, "txqueuelen", "10000", "up");
            return device;
        } catch (Exception x) {
            device.close();
            throw x;
        }
    }

    /** It belongs to the namespace of the thread that opens it. */
    private static TunDevice open(String name) {
        TunDevice device = new TunDevice(openNode());
        try {
            ByteBuffer request = ByteBuffer.allocate(IFREQ).order(ByteOrder.nativeOrder());
            request.put(name.getBytes(StandardCharsets.US_ASCII));
            request.putShort(FLAGS_IN_IFREQ, (short) (Libc.IFF_TUN | Libc.IFF_NO_PI));
            Libc.ioctl(device.fd, Libc.TUNSETIFF, request.array());
            return device;
        } catch (LastErrorException x) {
            device.close();
            throw x;
        }
    }

    private static int openNode() {
        try {
            return Libc.open(NODE, Libc.O_RDWR | Libc.O_NONBLOCK | Libc.O_CLOEXEC);
        } catch (LastErrorException x) {
            throw Requirement.missing(NODE + ", of the kernel module tun: " + x.getMessage());
        }
    }

    /** The next packet that the namespace sends, null if none comes for a moment. For one thread. */
    byte[] read() {
        try {
            return Arrays.copyOf(packet, (int) Libc.read(fd, packet, packet.length));
        } catch (LastErrorException x) {
            if (x.getErrorCode() != Libc.EAGAIN) {
                throw x;
            }
        }
        byte[] descriptor = ByteBuffer.allocate(POLLFD)
                .order(ByteOrder.nativeOrder())
                .putInt(fd)
                .putShort(Libc.POLLIN)
                .array();
        Libc.poll(descriptor, 1, WAIT_MILLIS);
        return null;
    }

    /** Lets the namespace receive a packet. */
    void write(byte[] received) {
        Libc.write(fd, received, received.length);
    }

    @Override
    public void close() {
        Libc.close(fd);
    }
}
