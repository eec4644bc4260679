package io.sluice.it.clients;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;

/** Processes that serve on one port, and can be replaced while they do. Closing it kills them. */
interface ServerGroup extends AutoCloseable {
    /** Where they serve. */
    InetSocketAddress address();

    /**
     * Replaces one of them, or all, as its operator would.
     *
     * @return how long the old ones took to end
     * @throws IllegalStateException if one ended otherwise than it should
     */
    Duration restart() throws IOException, InterruptedException;

    @Override
    void close();
}
