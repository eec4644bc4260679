package io.sluice.it.clients;

import io.sluice.examples.rolling.ReservedPort;
import java.io.IOException;

/** A proxy before the workers, and a client before it. */
final class ProxiedLoad implements Load {
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
            program.awaitListening(port.address());
            return new ProxiedLoad(port, program, client.on(target.behind(port.address())));
        } catch (Exception x) {
            if (program != null) {
                program.close();
            }
            port.close();
            throw x;
        }
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
