package io.sluice.examples.rolling;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

/** A load of short connections: clients that send one request after another, each on a connection of its own. */
public final class ClosedLoop implements AutoCloseable {
    /** A second is what a client waits before it sends a SYN again; whoever waited this long has lost a SYN. */
    public static final Duration STALL = Duration.ofMillis(900);

    private static final int MOST_ODD = 3;

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
        List<String> odd = new ArrayList<>();
        for (Client client : clients) {
            client.join();
            outcomes = outcomes.plus(Outcomes.counted(client.counts));
            stalled += client.stalled;
            longest = Math.max(longest, client.longestNanos);
            odd.addAll(client.odd);
        }
        return new Result(outcomes, stalled, Duration.ofNanos(longest), odd);
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
     * @param odd the first of what counts as {@link Outcome#OTHER}: the answer, or the exception
     */
    public record Result(Outcomes outcomes, int stalled, Duration longest, List<String> odd) {
        /** Takes a copy. */
        public Result {
            odd = List.copyOf(odd);
        }
    }

    private final class Client extends Thread {
        private final InetSocketAddress address;
        private final Duration timeout;
        private final Map<Outcome, Integer> counts = new EnumMap<>(Outcome.class);
        private final List<String> odd = new ArrayList<>();
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
                Outcome outcome = request();
                long nanos = System.nanoTime() - start;
                counts.merge(outcome, 1, Integer::sum);
                if (outcome == Outcome.OK) {
                    longestNanos = Math.max(longestNanos, nanos);
                    stalled += nanos >= STALL.toNanos() ? 1 : 0;
                }
                requests.incrementAndGet();
            }
        }

        private Outcome request() {
            Deadline deadline = Deadline.after(timeout);
            try (HttpConnection connection = new HttpConnection()) {
                connection.open(Transport.PLAIN, address, deadline);
                connection.sendLast();
                return noted(connection.receive(deadline), connection::received);
            } catch (IOException x) {
                return noted(HttpConnection.outcome(x), x::toString);
            }
        }

        private Outcome noted(Outcome outcome, Supplier<String> what) {
            if (outcome == Outcome.OTHER && odd.size() < MOST_ODD) {
                odd.add(what.get());
            }
            return outcome;
        }
    }
}
