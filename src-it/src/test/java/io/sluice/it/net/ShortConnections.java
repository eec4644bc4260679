package io.sluice.it.net;

import io.sluice.examples.rolling.BurstClient;
import io.sluice.examples.rolling.Outcomes;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Clients in a namespace, each of which makes one request after the other, on a connection of its own each time, until
 * they are stopped.
 */
final class ShortConnections {
    private static final Duration REQUEST_LIMIT = Duration.ofSeconds(20);

    private final InetSocketAddress server;
    private final List<Thread> clients = new ArrayList<>();
    private volatile boolean stopped;

    // Guarded by this.
    private Figures figures = new Figures(Outcomes.none(), 0);

    /**
     * What became of the requests.
     *
     * @param outcomes of all
     * @param longestMillis the time of the slowest
     */
    record Figures(Outcomes outcomes, long longestMillis) {
        @Override
        public String toString() {
            return "%s, longest %d ms".formatted(outcomes, longestMillis);
        }
    }

    private ShortConnections(InetSocketAddress server) {
        this.server = server;
    }

    static ShortConnections start(NetworkNamespace namespace, InetSocketAddress server, int clients) throws Exception {
        ShortConnections connections = new ShortConnections(server);
        return namespace.call(() -> {
            for (int i = 0; i < clients; i++) {
                Thread client = new Thread(connections::request, "short-connections-" + i);
                client.setDaemon(true);
                connections.clients.add(client);
                client.start();
            }
            return connections;
        });
    }

    private void request() {
        try {
            while (!stopped) {
                long start = System.nanoTime();
                Outcomes outcome = BurstClient.fire(server, 1, REQUEST_LIMIT);
                count(outcome, System.nanoTime() - start);
            }
        } catch (InterruptedException x) {
            Thread.currentThread().interrupt();
        }
    }

    private synchronized void count(Outcomes outcome, long nanos) {
        figures = new Figures(
                figures.outcomes().plus(outcome),
                Math.max(figures.longestMillis(), TimeUnit.NANOSECONDS.toMillis(nanos)));
        notifyAll();
    }

    /** Waits until this many more requests have ended. */
    synchronized void awaitRequests(int count) throws InterruptedException {
        int enough = figures.outcomes().total() + count;
        long deadline = System.nanoTime() + NamespaceWorkers.LIMIT.toNanos();
        while (figures.outcomes().total() < enough) {
            long left = deadline - System.nanoTime();
            if (left <= 0) {
                throw new AssertionError("the requests do not get on: " + figures);
            }
            TimeUnit.NANOSECONDS.timedWait(this, left);
        }
    }

    /** Waits for the requests that are under way. */
    Figures stop() throws InterruptedException {
        stopped = true;
        for (Thread client : clients) {
            client.join();
        }
        synchronized (this) {
            return figures;
        }
    }
}
