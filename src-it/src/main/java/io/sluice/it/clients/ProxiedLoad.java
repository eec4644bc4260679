package io.sluice.it.clients;

import io.sluice.examples.rolling.ReservedPort;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** A proxy before the workers, and a client before it. */
final class ProxiedLoad implements Load {
    private static final Duration START_LIMIT = Duration.ofSeconds(10);
    private static final int CONNECT_MILLIS = 1000;

    private final ReservedPort port;
    private final RunningProgram proxy;
    private final Load client;

    private ProxiedLoad(ReservedPort port, RunningProgram proxy, Load client) {
        this.port = port;
        this.proxy = proxy;
        this.client = client;
    }

    /** Starts both. */
    static ProxiedLoad start(Target target, Proxy proxy, Client.Start client) throws Exception {
        ReservedPort port = ReservedPort.any();
        RunningProgram program = null;
        try {
            program = RunningProgram.start(proxy.command(port.address(), target));
            awaitListening(program, port.address());
            return new ProxiedLoad(port, program, client.on(new Target(port.address(), "http", target.directory())));
        } catch (Exception x) {
            if (program != null) {
                program.close();
            }
            port.close();
            throw x;
        }
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
            throw new IllegalStateException("the port of the proxy cannot be given back", x);
        }
    }
}
