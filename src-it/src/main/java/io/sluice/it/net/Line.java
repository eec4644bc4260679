package io.sluice.it.net;

import java.time.Duration;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.locks.LockSupport;

/** One direction of a network: each packet arrives after the same delay, or never. */
final class Line implements AutoCloseable {
    private static final long END_MILLIS = 5_000;

    private final TunDevice from;
    private final TunDevice to;
    private final long delayNanos;
    private final double lossRate;
    private final Random random;
    private final BlockingQueue<Packet> underWay = new LinkedBlockingQueue<>();
    private final Thread sender = new Thread(this::take, "line-in");
    private final Thread receiver = new Thread(this::deliver, "line-out");
    private volatile boolean closed;

    private record Packet(byte[] bytes, long due) {}

    /**
     * A line that carries packets from now on.
     *
     * @param lossRate how many of all packets are lost, 0 to 1
     * @param seed decides which ones
     */
    Line(TunDevice from, TunDevice to, Duration delay, double lossRate, long seed) {
        this.from = from;
        this.to = to;
        this.delayNanos = delay.toNanos();
        this.lossRate = lossRate;
        this.random = new Random(seed);
        sender.start();
        receiver.start();
    }

    private void take() {
        while (!closed) {
            byte[] bytes = from.read();
            if (bytes != null && random.nextDouble() >= lossRate) {
                underWay.add(new Packet(bytes, System.nanoTime() + delayNanos));
            }
        }
    }

    private void deliver() {
        try {
            while (!closed) {
                Packet packet = underWay.take();
                for (long left; !closed && (left = packet.due() - System.nanoTime()) > 0; ) {
                    LockSupport.parkNanos(left);
                }
                to.write(packet.bytes());
            }
        } catch (InterruptedException x) {
            Thread.currentThread().interrupt(); // By close.
        }
    }

    /** Ends both threads, so that the devices can be closed. What is under way is lost. */
    @Override
    public void close() {
        closed = true;
        receiver.interrupt();
        boolean interrupted = false;
        for (Thread thread : new Thread[] {sender, receiver}) {
            try {
                thread.join(END_MILLIS);
            } catch (InterruptedException x) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
