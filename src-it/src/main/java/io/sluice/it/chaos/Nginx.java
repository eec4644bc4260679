package io.sluice.it.chaos;

import io.sluice.it.net.NetworkNamespace;
import io.sluice.it.net.User;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** An nginx whose workers have listeners of their own on a port, of the same user and both address families as Java's. */
final class Nginx implements AutoCloseable {
    private static final long LIMIT_SECONDS = 10;

    private final Path directory;
    private final Process master;

    private Nginx(Path directory, Process master) {
        this.directory = directory;
        this.master = master;
    }

    /** Starts it and waits until it listens. */
    static Nginx start(NetworkNamespace namespace, User user, int port, int workers) throws Exception {
        Path directory = Files.createTempDirectory("nginx");
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxrwxrwx")); // For any user.
        Path configuration =
                Files.writeString(directory.resolve("nginx.conf"), """
                user root;
                daemon off;
                worker_processes %1$d;
                pid %2$s/nginx.pid;
                error_log stderr;
                events {}
                http {
                    access_log off;
                    client_body_temp_path %2$s/body;
                    proxy_temp_path %2$s/proxy;
                    fastcgi_temp_path %2$s/fastcgi;
                    uwsgi_temp_path %2$s/uwsgi;
                    scgi_temp_path %2$s/scgi;
                    server {
                        listen [::]:%3$d reuseport ipv6only=off backlog=4096;
                        location / { return 200 "nginx"; }
                    }
                }
                """.formatted(workers, directory, port));
        List<String> command = new ArrayList<>(user.launcher(configuration));
        command.addAll(List.of("nginx", "-p", directory.toString(), "-c", configuration.toString(), "-e", "stderr"));
        Process master = namespace.call(() -> new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("log").toFile())
                .start());
        Nginx nginx = new Nginx(directory, master);
        try {
            InetSocketAddress address = new InetSocketAddress(InetAddress.getByName("127.0.0.1"), port);
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(LIMIT_SECONDS);
            while (!namespace.call(() -> accepts(address))) {
                if (System.nanoTime() > end) {
                    throw new IOException("nginx does not listen: " + Files.readString(directory.resolve("log")));
                }
                TimeUnit.MILLISECONDS.sleep(20);
            }
            return nginx;
        } catch (Exception x) {
            nginx.close();
            throw x;
        }
    }

    private static boolean accepts(InetSocketAddress address) {
        try (Socket socket = new Socket()) {
            socket.connect(address);
            return true;
        } catch (IOException x) {
            return false;
        }
    }

    @Override
    public void close() throws IOException {
        List<ProcessHandle> workers = master.descendants().toList();
        boolean interrupted = Thread.interrupted();
        try {
            master.destroy(); // Ends its workers too.
            if (!master.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
                master.destroyForcibly();
                workers.forEach(ProcessHandle::destroyForcibly);
            }
        } catch (InterruptedException x) {
            interrupted = true;
        }
        for (String file : List.of("nginx.pid", "nginx.conf", "log", "body", "proxy", "fastcgi", "uwsgi", "scgi")) {
            Files.deleteIfExists(directory.resolve(file));
        }
        Files.delete(directory);
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
