package io.sluice.it.bench;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.HdrHistogram.Histogram;

/** Clients with a thread each, for some time. */
final class Load {
    private static final Duration LAST_ANSWER_LIMIT = Duration.ofSeconds(30);
    private static final int SIGNIFICANT_DIGITS = 3;

    private final Pace pace;
    private final long startNanos = System.nanoTime();
    private final List<FutureTask<Histogram>> clients = new ArrayList<>();
    private volatile long endNanos;

    private Load(Pace pace, Duration time) {
        this.pace = pace;
        this.endNanos = startNanos + time.toNanos();
    }

    /**
     * Starts clients.
     *
     * @param time when to end, unless {@link #stop} comes before
     * @param maker makes the client of each thread
     */
    static Load start(int clients, Pace pace, Duration time, Callable<? extends Client> maker) {
        Load load = new Load(pace, time);
        for (int i = 0; i < clients; i++) {
            FutureTask<Histogram> client = new FutureTask<>(() -> load.talk(maker));
            load.clients.add(client);
            Thread thread = new Thread(client, "client-" + i);
            thread.setDaemon(true);
            thread.start();
        }
        return load;
    }

    private Histogram talk(Callable<? extends Client> maker) throws Exception {
        Histogram nanos = new Histogram(SIGNIFICANT_DIGITS);
        try (Client client = maker.call()) {
            for (long due = pace.awaitDue(); due - endNanos < 0; due = pace.awaitDue()) {
                client.exchange();
                nanos.recordValue(System.nanoTime() - due);
            }
        }
        return nanos;
    }

    /** Ends the load now. */
    Result stop() throws InterruptedException, IOException {
        endNanos = System.nanoTime();
        return await();
    }

    /**
     * Waits for the end.
     *
     * @throws IOException if any exchange failed or does not end
     */
    Result await() throws InterruptedException, IOException {
        Histogram all = new Histogram(SIGNIFICANT_DIGITS);
        try {
            for (FutureTask<Histogram> client : clients) {
                long left = endNanos - System.nanoTime() + LAST_ANSWER_LIMIT.toNanos();
                all.add(client.get(left, TimeUnit.NANOSECONDS));
            }
        } catch (ExecutionException x) {
            throw new IOException("a client failed", x.getCause());
        } catch (TimeoutException x) {
            throw new IOException("a client has no answer after " + LAST_ANSWER_LIMIT.toSeconds() + " s", x);
        }
        return new Result(all, System.nanoTime() - startNanos);
    }

    /**
     * What the clients saw.
     *
     * @param latencies in nanoseconds, each from when its exchange was due
     * @param nanos how long the load lasted
     */
    record Result(Histogram latencies, long nanos) {
        long exchanges() {
            return latencies.getTotalCount();
        }

        double perSecond() {
            return exchanges() * 1e9 / nanos;
        }

        double micros(double percentile) {
            return latencies.getValueAtPercentile(percentile) / 1e3;
        }
    }
}
