package io.sluice.it.clients;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;

/** A proxy that somebody else has written. It must hide nothing: it never tries a request twice. */
@FunctionalInterface
interface Proxy {
    /**
     * Writes its configuration.
     *
     * @param front where it is to listen
     * @param workers what it passes requests on to, and the directory for its files
     * @return the command that runs it in the foreground, as one process
     */
    List<String> command(InetSocketAddress front, Target workers) throws IOException;
}
