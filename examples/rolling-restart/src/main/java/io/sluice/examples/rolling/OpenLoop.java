package io.sluice.examples.rolling;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/**
 * A load that does not wait for its server: each request is sent when it is due, however long those before it take. At
 * most so many are under way at once; when that limit is reached, a request waits for its turn, while its latency and
 * its time limit run from when it was due. So each request has an outcome at the latest when its limit is over.
 */
final class OpenLoop implements AutoCloseable {
    private static final Duration GRACE = Duration.ofSeconds(5);

    private final Schedule schedule;
    private final Duration limit;
    private final int outstanding;
    private final Client client;
    private final Consumer<Sample> samples;
    private final Semaphore free;
    private final ExecutorService senders;
    private final CountDownLatch stopped = new CountDownLatch(1);
    private final Thread pacer = new Thread(this::pace, "pacer");

    /** Requests that are due at this time, or later, are not sent. */
    private volatile long endNanos;

    private OpenLoop(
            Schedule schedule,
            Duration longest,
            int outstanding,
            Duration limit,
            Client client,
            Consumer<Sample> samples) {
        this.schedule = schedule;
        this.endNanos = schedule.startNanos() + longest.toNanos();
        this.outstanding = outstanding;
        this.limit = limit;
        this.client = client;
        this.samples = samples;
        this.free = new Semaphore(outstanding);
        AtomicInteger sender = new AtomicInteger();
        this.senders = Executors.newCachedThreadPool(task -> {
            Thread thread = new Thread(task, "sender-" + sender.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        });
        pacer.setDaemon(true);
    }

    /**
     * Starts a load.
     *
     * @param schedule when requests are due
     * @param longest when it ends if nobody stops it
     * @param outstanding how many requests may be under way at once
     * @param limit how long after it was due a request may be without answer
     * @param client what sends them
     * @param samples gets each request when it is over, from many threads
     */
    static OpenLoop start(
            Schedule schedule,
            Duration longest,
            int outstanding,
            Duration limit,
            Client client,
            Consumer<Sample> samples) {
        OpenLoop loop = new OpenLoop(schedule, longest, outstanding, limit, client, samples);
        loop.pacer.start();
        return loop;
    }

    private void pace() {
        try {
            for (long index = 0; awaitDue(schedule.dueNanos(index)); index++) {
                long due = schedule.dueNanos(index);
                long left = due + limit.toNanos() - System.nanoTime();
                if (free.tryAcquire(Math.max(0, left), TimeUnit.NANOSECONDS)) {
                    senders.execute(() -> send(due));
                } else {
                    giveUp(due);
                }
            }
        } catch (InterruptedException x) {
            // Closed: nobody wants the rest any more.
            Thread.currentThread().interrupt();
        }
    }

    /** Waits until a request is due. Returns false if the load ends before. */
    private boolean awaitDue(long due) throws InterruptedException {
        if (due - endNanos >= 0) {
            return false;
        }
        boolean ended = stopped.await(due - System.nanoTime(), TimeUnit.NANOSECONDS);
        return !ended || due - endNanos < 0;
    }

    private void send(long due) {
        long sent = System.nanoTime();
        long left = due + limit.toNanos() - sent;
        Outcome outcome = left > 0 ? client.get(Duration.ofNanos(left)) : Outcome.TIMEOUT;
        // First, so that whoever finds all free finds all counted.
        samples.accept(new Sample(due, sent, System.nanoTime(), outcome));
        free.release();
    }

    private void giveUp(long due) {
        long now = System.nanoTime();
        samples.accept(new Sample(due, now, now, Outcome.TIMEOUT));
    }

    /**
     * Ends the load: no request becomes due any more, and those that were are waited for.
     *
     * @throws IllegalStateException if one of them does not end within its limit
     * @throws InterruptedException if interrupted
     */
    void stop() throws InterruptedException {
        endNanos = Math.min(endNanos, System.nanoTime());
        stopped.countDown();
        Duration wait = limit.plus(GRACE);
        pacer.join(wait.toMillis());
        if (pacer.isAlive() || !free.tryAcquire(outstanding, wait.toNanos(), TimeUnit.NANOSECONDS)) {
            throw new IllegalStateException("requests have no outcome " + wait.toSeconds() + " s after the load");
        }
    }

    /** Ends the load without waiting for it. */
    @Override
    public void close() {
        pacer.interrupt();
        senders.shutdownNow();
    }
}
