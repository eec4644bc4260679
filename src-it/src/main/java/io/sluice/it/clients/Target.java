package io.sluice.it.clients;

import java.net.InetSocketAddress;
import java.nio.file.Path;

/**
 * What a client is let loose on.
 *
 * @param address where the workers listen
 * @param protocol what they speak: http, h2c, https or h2
 * @param connections how many a client has that has several
 * @param directory for files that the client needs; somebody else deletes it
 */
record Target(InetSocketAddress address, String protocol, int connections, Path directory) {
    /** The same, seen from before a proxy. */
    Target behind(InetSocketAddress proxy) {
        return new Target(proxy, "http", connections, directory);
    }

    String url(String path) {
        String scheme = protocol.equals("https") || protocol.equals("h2") ? "https" : "http";
        return "%s://%s:%d%s".formatted(scheme, address.getAddress().getHostAddress(), address.getPort(), path);
    }
}
