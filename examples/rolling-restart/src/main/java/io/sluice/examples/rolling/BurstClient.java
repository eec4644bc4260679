package io.sluice.examples.rolling;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;

/**
 * A burst: many clients that connect at the same moment, each with one {@code GET /} on a connection of its own.
 *
 * <p>{@link #fire} is the whole burst in one call. {@link #start} is for callers that do something to the server while
 * the requests are on their way.
 */
public final class BurstClient {
    private final List<FutureTask<Outcome>> requests = new ArrayList<>();
    private final CountDownLatch unsent;

    private BurstClient(int clients) {
        unsent = new CountDownLatch(clients);
    }

    /**
     * Fires a burst and waits for all its outcomes.
     *
     * @param address where to connect
     * @param clients how many at once
     * @param timeout the limit for each single request, from connect to the last byte
     * @return one outcome per client
     * @throws InterruptedException if the waiting is interrupted; the requests end by their own timeout
     */
    public static Outcomes fire(InetSocketAddress address, int clients, Duration timeout) throws InterruptedException {
        return start(address, clients, timeout).outcomes();
    }

    /**
     * Fires a burst and returns at once.
     *
     * @param address where to connect
     * @param clients how many at once
     * @param timeout the limit for each single request, from connect to the last byte
     * @return the burst under way
     * @throws InterruptedException if interrupted before the burst began; then nothing is sent
     */
    public static BurstClient start(InetSocketAddress address, int clients, Duration timeout)
            throws InterruptedException {
        BurstClient burst = new BurstClient(clients);
        CountDownLatch ready = new CountDownLatch(clients);
        CountDownLatch go = new CountDownLatch(1);
        List<Thread> threads = new ArrayList<>();
        for (int client = 1; client <= clients; client++) {
            FutureTask<Outcome> request = new FutureTask<>(() -> {
                ready.countDown();
                go.await();
                return RawHttpClient.get(address, timeout, burst.unsent::countDown);
            });
            burst.requests.add(request);
            Thread thread = new Thread(request, "client-" + client);
            thread.setDaemon(true);
            thread.start();
            threads.add(thread);
        }
        try {
            ready.await();
        } catch (InterruptedException x) {
            threads.forEach(Thread::interrupt);
            throw x;
        }
        go.countDown();
        return burst;
    }

    /**
     * Waits until each client has written its request, or has failed to.
     *
     * @param limit how long to wait
     * @return false if the limit came first
     * @throws InterruptedException if interrupted
     */
    public boolean awaitSent(Duration limit) throws InterruptedException {
        return unsent.await(limit.toNanos(), TimeUnit.NANOSECONDS);
    }

    /**
     * Waits for all outcomes. Ends when the last request does, so at the latest after the request timeout.
     *
     * @return one outcome per client
     * @throws InterruptedException if interrupted
     */
    public Outcomes outcomes() throws InterruptedException {
        List<Outcome> outcomes = new ArrayList<>();
        for (FutureTask<Outcome> request : requests) {
            try {
                outcomes.add(request.get());
            } catch (ExecutionException x) {
                throw new IllegalStateException("a client failed instead of reporting an outcome", x.getCause());
            }
        }
        return Outcomes.of(outcomes);
    }
}
