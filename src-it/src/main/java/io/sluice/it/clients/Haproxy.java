package io.sluice.it.clients;

import io.sluice.examples.rolling.ReservedPort;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A HAProxy before the workers, and a client before it. It hides nothing: it never tries a request twice. */
final class Haproxy implements Load {
    private static final Duration START_LIMIT = Duration.ofSeconds(10);
    private static final int CONNECT_MILLIS = 1000;

    private final ReservedPort port;
    private final RunningProgram proxy;
    private final Load client;

    private Haproxy(ReservedPort port, RunningProgram proxy, Load client) {
        this.port = port;
        this.proxy = proxy;
        this.client = client;
    }

    /**
     * Starts both.
     *
     * @param serverOptions what the server line of the configuration ends with
     */
    static Haproxy start(Target target, String serverOptions, Client.Start client) throws Exception {
        ReservedPort port = ReservedPort.any();
        RunningProgram proxy = null;
        try {
            Path file = Files.createTempFile(target.directory(), "haproxy", ".cfg");
            Files.writeString(file, configuration(port.address(), target.address(), serverOptions));
            proxy = RunningProgram.start(List.of("haproxy", "-db", "-f", file.toString()));
            awaitListening(proxy, port.address());
            return new Haproxy(port, proxy, client.on(new Target(port.address(), "http", target.directory())));
        } catch (Exception x) {
            if (proxy != null) {
                proxy.close();
            }
            port.close();
            throw x;
        }
    }

    private static String configuration(InetSocketAddress front, InetSocketAddress back, String serverOptions) {
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

    private static void awaitListening(RunningProgram proxy, InetSocketAddress address)
            throws IOException, InterruptedException {
        long end = System.nanoTime() + START_LIMIT.toNanos();
        while (proxy.isAlive() && System.nanoTime() < end) {
            try (Socket socket = new Socket()) {
                socket.connect(address, CONNECT_MILLIS);
                return;
            } catch (IOException x) {
                TimeUnit.MILLISECONDS.sleep(20);
            }
        }
        throw new IOException(proxy.describe() + " does not listen: " + proxy.output());
    }

    @Override
    public boolean isRunning() {
        return proxy.isAlive() && client.isRunning();
    }

    @Override
    public Tally stop() throws IOException, InterruptedException {
        return client.stop();
    }

    @Override
    public void close() {
        client.close();
        proxy.close();
        try {
            port.close();
        } catch (IOException x) {
            throw new IllegalStateException("the port of HAProxy cannot be given back", x);
        }
    }
}
