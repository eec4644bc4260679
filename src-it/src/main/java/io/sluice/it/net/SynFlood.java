package io.sluice.it.net;

import com.sun.jna.LastErrorException;
import java.nio.ByteBuffer;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * SYNs from very many clients that never answer the SYN-ACK, as attackers send them. They arrive at an address of the
 * namespace that is only for them, from a device that nothing else uses.
 */
public final class SynFlood implements AutoCloseable {
    private static final String DEVICE = "flood0";
    private static final String NETWORK = "10.99.0.1/16";
    private static final int TARGET = 10 << 24 | 99 << 16 | 1;
    private static final int SOURCES = 10 << 24 | 99 << 16;
    private static final int IP_HEADER = 20;
    private static final int TCP_HEADER = 20;
    private static final int TCP = 6;
    private static final int SYN = 0x02;
    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(2);
    private static final long LONGEST_NANOS = TimeUnit.MINUTES.toNanos(3);
    private static final long END_MILLIS = 5_000;

    private final SplittableRandom random = new SplittableRandom(20_261_123);
    private final TunDevice device;
    private final int port;
    private final int perSecond;
    private final Thread sender = new Thread(this::send, "syn-flood");
    private final Thread receiver = new Thread(this::receive, "syn-flood-answers");
    private volatile boolean closed;

    private SynFlood(TunDevice device, int port, int perSecond) {
        this.device = device;
        this.port = port;
        this.perSecond = perSecond;
        sender.start();
        receiver.start();
    }

    /** Floods a port until the flood is closed, three minutes at most. */
    public static SynFlood start(NetworkNamespace namespace, int port, int perSecond) throws Exception {
        return new SynFlood(TunDevice.create(namespace, DEVICE, NETWORK), port, perSecond);
    }

    private void send() {
        long start = System.nanoTime();
        long sent = 0;
        for (long passed = 0; !closed && passed < LONGEST_NANOS; passed = System.nanoTime() - start) {
            for (long due = passed * perSecond / TimeUnit.SECONDS.toNanos(1); sent < due; sent++) {
                try {
                    device.write(syn());
                } catch (LastErrorException x) {
                    Thread.onSpinWait(); // One less: the device is full for the moment.
                }
            }
            LockSupport.parkNanos(PAUSE_NANOS);
        }
    }

    /** Takes the answers off the device's queue: in there, each would keep its half-open handshake alive. */
    private void receive() {
        while (!closed) {
            device.read();
        }
    }

    private byte[] syn() {
        ByteBuffer packet = ByteBuffer.allocate(IP_HEADER + TCP_HEADER);
        int source = SOURCES | random.nextInt(256, 65_535);
        packet.put((byte) 0x45).put((byte) 0).putShort((short) packet.capacity()); // Version 4, five words.
        packet.putShort((short) random.nextInt()).putShort((short) 0);
        packet.put((byte) 64).put((byte) TCP).putShort((short) 0).putInt(source).putInt(TARGET);
        packet.putShort((short) random.nextInt(1024, 65_536)).putShort((short) port);
        packet.putInt(random.nextInt()).putInt(0);
        packet.put((byte) (TCP_HEADER / 4 << 4)).put((byte) SYN).putShort((short) 64_240);
        packet.putInt(0);
        packet.putShort(10, checksum(packet, 0, IP_HEADER, 0));
        int pseudoHeader = TCP + TCP_HEADER; // Plus both addresses, which are in front of the TCP header.
        packet.putShort(
                IP_HEADER + 16, checksum(packet, IP_HEADER - 2 * Integer.BYTES, packet.capacity(), pseudoHeader));
        return packet.array();
    }

    /** The Internet checksum, RFC 1071. */
    private static short checksum(ByteBuffer packet, int from, int to, int start) {
        int sum = start;
        for (int i = from; i < to; i += Short.BYTES) {
            sum += packet.getShort(i) & 0xffff;
        }
        sum = (sum & 0xffff) + (sum >>> 16);
        sum += sum >>> 16;
        return (short) ~sum;
    }

    @Override
    public void close() {
        closed = true;
        boolean interrupted = false;
        for (Thread thread : new Thread[] {sender, receiver}) {
            try {
                thread.join(END_MILLIS);
            } catch (InterruptedException x) {
                interrupted = true;
            }
        }
        device.close();
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
