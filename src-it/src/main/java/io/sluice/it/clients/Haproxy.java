package io.sluice.it.clients;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * HAProxy.
 *
 * @param serverOptions what the server line of the configuration ends with
 */
record Haproxy(String serverOptions) implements Proxy {
    @Override
    public List<String> command(InetSocketAddress front, Target workers) throws IOException {
        Path file = Files.createTempFile(workers.directory(), "haproxy", ".cfg");
        Files.writeString(file, configuration(front, workers.address()));
        return List.of("haproxy", "-db", "-f", file.toString());
    }

    private String configuration(InetSocketAddress front, InetSocketAddress back) {
        return """
                global
                    maxconn 256

                defaults
                    mode http
                    retries 0
                    http-reuse always
                    timeout connect 5s
                    timeout client 30s
                    timeout server 10s

                frontend clients
                    bind %s:%d
                    default_backend workers

                backend workers
                    server workers %s:%d %s
                """.formatted(
                        front.getAddress().getHostAddress(),
                        front.getPort(),
                        back.getAddress().getHostAddress(),
                        back.getPort(),
                        serverOptions);
    }
}
