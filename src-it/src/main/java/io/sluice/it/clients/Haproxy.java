package io.sluice.it.clients;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * An HAProxy before the workers, or in their place.
 *
 * @param serverOptions what the server line of the configuration ends with
 */
record Haproxy(String serverOptions) implements Proxy {
    @Override
    public List<String> command(InetSocketAddress front, Target workers) throws IOException {
        return command(workers.directory(), front, """
                    default_backend workers

                backend workers
                    server workers %s:%d %s
                """.formatted(
                        workers.address().getAddress().getHostAddress(),
                        workers.address().getPort(),
                        serverOptions));
    }

    /** Answers each request itself, in a process that it replaces at a reload. */
    static List<String> server(InetSocketAddress address, Path directory) throws IOException {
        List<String> command = new ArrayList<>(command(directory, address, """
                    http-request return status 200 content-type text/plain string ok
                """));
        command.add("-W");
        return command;
    }

    /**
     * With these it keeps 64 idle connections for as long as its server does. With a smaller maxconn it has too few
     * descriptors for that, and with several threads it closes one now and then, of which another thread has enough.
     */
    private static List<String> command(Path directory, InetSocketAddress front, String then) throws IOException {
        Path file = Files.createTempFile(directory, "haproxy", ".cfg");
        Files.writeString(file, """
                global
                    maxconn 2000
                    nbthread 1

                defaults
                    mode http
                    retries 0
                    http-reuse always
                    timeout connect 5s
                    timeout client 30s
                    timeout server 10s

                frontend clients
                    bind %s:%d
                """.formatted(front.getAddress().getHostAddress(), front.getPort()) + then);
        return List.of("haproxy", "-db", "-f", file.toString());
    }
}
