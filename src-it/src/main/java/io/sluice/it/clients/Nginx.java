package io.sluice.it.clients;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** An nginx before the workers, or in their place. Any user can run it: it has a directory of its own for all its files. */
final class Nginx implements Proxy {
    /**
     * It keeps its connections to the workers; by default it would itself close each after 1,000 requests. It is one
     * process, because workers of its own would outlive a killed master.
     */
    @Override
    public List<String> command(InetSocketAddress front, Target workers) throws IOException {
        String upstream = """
                    upstream workers {
                        server %s:%d;
                        keepalive %d;
                        keepalive_requests 1000000000;
                    }
                """.formatted(
                        workers.address().getAddress().getHostAddress(),
                        workers.address().getPort(),
                        workers.connections());
        return command(workers.directory(), "master_process off;", upstream, front, """
                            proxy_pass http://workers;
                            proxy_http_version 1.1;
                            proxy_set_header Connection "";
                            proxy_next_upstream off;
                """);
    }

    /** Answers each request itself. */
    static List<String> server(InetSocketAddress address, int processes, Path directory) throws IOException {
        return command(
                directory, "worker_processes %d;".formatted(processes), "", address, "return 200 \"ok\";\n".indent(12));
    }

    /** Paths are relative to its directory. */
    private static List<String> command(
            Path parent, String processes, String upstream, InetSocketAddress address, String location)
            throws IOException {
        Path directory = Files.createTempDirectory(parent, "nginx");
        Path file = Files.writeString(directory.resolve("nginx.conf"), """
                daemon off;
                %s
                pid nginx.pid;
                error_log stderr;
                events {}
                http {
                    access_log off;
                    client_body_temp_path body;
                    proxy_temp_path proxy;
                    fastcgi_temp_path fastcgi;
                    uwsgi_temp_path uwsgi;
                    scgi_temp_path scgi;
                    keepalive_requests 1000000000;
                %s
                    server {
                        listen %s:%d;
                        location / {
                %s
                        }
                    }
                }
                """.formatted(
                        processes, upstream, address.getAddress().getHostAddress(), address.getPort(), location));
        return List.of("nginx", "-p", directory.toString(), "-c", file.toString(), "-e", "stderr");
    }
}
