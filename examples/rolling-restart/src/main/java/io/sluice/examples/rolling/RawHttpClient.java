package io.sluice.examples.rolling;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;

/** One request on a connection of its own. */
final class RawHttpClient {
    private RawHttpClient() {}

    /**
     * Sends {@code GET /} and reads the whole response.
     *
     * @param timeout for the whole exchange, connect included
     * @param sent called once, when the request is written or cannot be written any more
     */
    static Outcome get(InetSocketAddress address, Duration timeout, Runnable sent) {
        return get(Transport.PLAIN, address, timeout, sent);
    }

    /** The same over this transport. */
    static Outcome get(Transport transport, InetSocketAddress address, Duration timeout, Runnable sent) {
        Deadline deadline = Deadline.after(timeout);
        try (HttpConnection connection = new HttpConnection()) {
            try {
                connection.open(transport, address, deadline);
                connection.sendLast();
            } finally {
                sent.run();
            }
            return connection.receive(deadline);
        } catch (IOException x) {
            return HttpConnection.outcome(x);
        }
    }
}
