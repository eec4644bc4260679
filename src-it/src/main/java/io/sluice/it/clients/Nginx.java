package io.sluice.it.clients;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** An nginx that keeps its connections to the workers. Any user can run it: it has a directory of its own for all its files. */
final class Nginx implements Proxy {
    @Override
    public List<String> command(InetSocketAddress front, Target workers) throws IOException {
        Path directory = Files.createTempDirectory(workers.directory(), "nginx");
        Path file = Files.writeString(directory.resolve("nginx.conf"), configuration(front, workers.address()));
        return List.of("nginx", "-p", directory.toString(), "-c", file.toString(), "-e", "stderr");
    }

    /**
     * Paths are relative to its directory. It is one process, because workers of its own would outlive a killed master; and
     * by default it would itself close each connection after 1,000 requests.
     */
    private static String configuration(InetSocketAddress front, InetSocketAddress back) {
        return """
                daemon off;
                master_process off;
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
                    upstream workers {
                        server %3$s:%4$d;
                        keepalive 16;
                        keepalive_requests 1000000000;
                    }
                    server {
                        listen %1$s:%2$d;
                        location / {
                            proxy_pass http://workers;
                            proxy_http_version 1.1;
                            proxy_set_header Connection "";
                            proxy_next_upstream off;
                        }
                    }
                }
                """.formatted(
                        front.getAddress().getHostAddress(),
                        front.getPort(),
                        back.getAddress().getHostAddress(),
                        back.getPort());
    }
}
