package io.sluice.examples.rolling;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * Keeps connections for the next request. The connection that was used last is used next, and one that was idle for
 * long is not used any more: a server may close it at any moment, and a request that meets that moment is nobody's
 * fault.
 */
final class KeepAliveClient implements Client {
    /** Half of the time for which a draining worker leaves idle connections open. */
    private static final Duration LONGEST_IDLE = Duration.ofMillis(500);

    private final Transport transport;
    private final InetSocketAddress address;

    /** Guarded by itself; the one that was idle for longest is the first. */
    private final Deque<Idle> idle = new ArrayDeque<>();

    KeepAliveClient(Transport transport, InetSocketAddress address) {
        this.transport = transport;
        this.address = address;
    }

    @Override
    public Outcome get(Duration limit) {
        Deadline deadline = Deadline.after(limit);
        HttpConnection connection = take();
        boolean kept = false;
        try {
            if (connection == null) {
                connection = new HttpConnection();
                connection.open(transport, address, deadline);
            }
            connection.send();
            Outcome outcome = connection.receive(deadline);
            kept = connection.mayBeKept();
            return outcome;
        } catch (IOException x) {
            return HttpConnection.outcome(x);
        } finally {
            if (kept) {
                giveBack(connection);
            } else {
                close(connection);
            }
        }
    }

    private HttpConnection take() {
        long now = System.nanoTime();
        List<Idle> old = new ArrayList<>();
        Idle last;
        synchronized (idle) {
            while (!idle.isEmpty() && now - idle.getFirst().since >= LONGEST_IDLE.toNanos()) {
                old.add(idle.removeFirst());
            }
            last = idle.pollLast();
        }
        old.forEach(connection -> close(connection.connection));
        return last == null ? null : last.connection;
    }

    private void giveBack(HttpConnection connection) {
        synchronized (idle) {
            idle.addLast(new Idle(connection, System.nanoTime()));
        }
    }

    private static void close(HttpConnection connection) {
        try {
            connection.close();
        } catch (IOException x) {
            // The answer has come or is lost; that the close failed changes nothing.
        }
    }

    private record Idle(HttpConnection connection, long since) {}
}
