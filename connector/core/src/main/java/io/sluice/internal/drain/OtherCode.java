package io.sluice.internal.drain;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Code of other people that runs in the middle of a stop. It may hang, so it has a thread of its own, which is left behind
 * then; where no thread can be had, it runs in the caller's, as it would without a drain.
 */
public final class OtherCode {
    private static final Logger LOG = LoggerFactory.getLogger(OtherCode.class);

    private OtherCode() {}

    /**
     * Starts code in a daemon thread. Where the process or its user has no thread left, the code has run on return.
     *
     * @param name the thread's name
     * @param code the code
     * @return its thread, for {@link #isOver}
     */
    public static Thread start(String name, Runnable code) {
        Thread thread = new Thread(code, name);
        thread.setDaemon(true);
        try {
            thread.start();
        } catch (OutOfMemoryError x) { // "unable to create native thread": RLIMIT_NPROC, a cgroup's pids.max, memory.
            LOG.debug("{} gets no thread of its own", name, x);
            code.run();
        }
        return thread;
    }

    /**
     * Waits for code to end. An interrupt neither shortens the wait nor is lost.
     *
     * @param thread what {@link #start} has returned
     * @param limit the longest wait
     * @return false if it still runs
     */
    public static boolean isOver(Thread thread, Duration limit) {
        long end = System.nanoTime() + limit.toNanos();
        boolean interrupted = false;
        for (long left; thread.isAlive() && (left = end - System.nanoTime()) > 0; ) {
            try {
                TimeUnit.NANOSECONDS.timedJoin(thread, left);
            } catch (InterruptedException x) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        return !thread.isAlive();
    }
}
