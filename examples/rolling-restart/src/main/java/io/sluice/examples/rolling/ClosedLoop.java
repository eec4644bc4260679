package io.sluice.examples.rolling;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/** A load of short connections: clients that send one request after another, each on a connection of its own. */
public final class ClosedLoop implements AutoCloseable {
    /** A second is what a client waits before it sends a SYN again; whoever waited this long has lost a SYN. */
    public static final Duration STALL = Duration.ofMillis(900);

    private final List<Client> clients = new ArrayList<>();
    private final AtomicLong requests = new AtomicLong();
    private volatile boolean stopped;

    private ClosedLoop() {}

    /**
     * Starts the clients.
     *
     * @param address where to connect
     * @param clients how many
     * @param timeout the limit for each single request, from connect to the last byte
     * @return the load, until it is stopped
     */
    public static ClosedLoop start(InetSocketAddress address, int clients, Duration timeout) {
        ClosedLoop load = new ClosedLoop();
        for (int i = 0; i < clients; i++) {
            Client client = load.new Client(address, timeout, i);
            load.clients.add(client);
            client.start();
        }
        return load;
    }

    /**
     * The requests so far.
     *
     * @return how many have an outcome
     */
    public long requests() {
        return requests.get();
    }

    /**
     * Ends the load; each client ends its request first.
     *
     * @return what became of all requests
     * @throws InterruptedException if interrupted
     */
    public Result stop() throws InterruptedException {
        stopped = true;
        Outcomes outcomes = Outcomes.none();
        int stalled = 0;
        long longest = 0;
        for (Client client : clients) {
            client.join();
            outcomes = outcomes.plus(Outcomes.counted(client.counts));
            stalled += client.stalled;
            longest = Math.max(longest, client.longestNanos);
        }
        return new Result(outcomes, stalled, Duration.ofNanos(longest));
    }

    /** Ends the load without waiting for it. */
    @Override
    public void close() {
        stopped = true;
    }

    /**
     * What became of the requests of a load.
     *
     * @param outcomes their outcomes
     * @param stalled how many were answered, but took {@link #STALL} or longer
     * @param longest the longest of those that were answered
     */
    public record Result(Outcomes outcomes, int stalled, Duration longest) {}

    private final class Client extends Thread {
        private final InetSocketAddress address;
        private final Duration timeout;
        private final Map<Outcome, Integer> counts = new EnumMap<>(Outcome.class);
        private int stalled;
        private long longestNanos;

        private Client(InetSocketAddress address, Duration timeout, int number) {
            super("client-" + number);
            setDaemon(true);
            this.address = address;
            this.timeout = timeout;
        }

        @Override
        public void run() {
            while (!stopped) {
                long start = System.nanoTime();
                Outcome outcome = RawHttpClient.get(address, timeout, () -> {});
                long nanos = System.nanoTime() - start;
                counts.merge(outcome, 1, Integer::sum);
                if (outcome == Outcome.OK) {
                    longestNanos = Math.max(longestNanos, nanos);
                    stalled += nanos >= STALL.toNanos() ? 1 : 0;
                }
                requests.incrementAndGet();
            }
        }
    }
}
