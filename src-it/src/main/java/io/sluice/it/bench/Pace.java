package io.sluice.it.bench;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/** When the clients of a load begin their next exchange. */
interface Pace {
    /** As soon as they can. */
    Pace EAGER = System::nanoTime;

    /**
     * Waits until the next exchange is due.
     *
     * @return when it was due, by {@link System#nanoTime}
     */
    long awaitDue();

    /** At a constant rate, however long answers take: what a stall delays counts as delayed (coordinated omission). */
    static Pace perSecond(int rate) {
        long start = System.nanoTime();
        AtomicLong next = new AtomicLong();
        return () -> {
            long due = start + next.getAndIncrement() * 1_000_000_000L / rate;
            for (long left; (left = due - System.nanoTime()) > 0; ) {
                LockSupport.parkNanos(left);
            }
            return due;
        };
    }
}
