package io.sluice.it.bench;

import java.io.IOException;
import java.util.concurrent.Callable;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The process that is measured under load. SIGTERM stops it. */
@Command(name = "bench-worker", mixinStandardHelpOptions = true)
public final class BenchWorker implements Callable<Integer> {
    private static final int STOP_TIMEOUT_MILLIS = 5000;

    @Option(names = "--connector", defaultValue = "sluice")
    private Contender contender;

    @Option(names = "--acceptors", defaultValue = "1")
    private int acceptors;

    @Option(names = "--port", defaultValue = "0")
    private int port;

    @Option(
            names = "--warm-up",
            defaultValue = "0",
            description = "So many requests are served on a port of their own before the real one is opened.")
    private int warmUp;

    /**
     * Runs a worker until it is stopped.
     *
     * @param args the options
     */
    public static void main(String[] args) {
        int exitCode = new CommandLine(new BenchWorker())
                .setCaseInsensitiveEnumValuesAllowed(true)
                .execute(args);
        if (exitCode != 0) {
            System.exit(exitCode);
        }
    }

    @Override
    public Integer call() throws Exception {
        if (warmUp > 0) {
            warmUp();
        }
        Server server = BenchServer.create();
        server.setStopTimeout(STOP_TIMEOUT_MILLIS);
        server.setStopAtShutdown(true);
        ServerConnector connector = contender.connector(server, acceptors, port);
        server.addConnector(connector);
        server.start();
        System.out.printf("READY pid=%d port=%d%n", ProcessHandle.current().pid(), connector.getLocalPort());
        server.join();
        return CommandLine.ExitCode.OK;
    }

    private void warmUp() throws Exception {
        Server server = BenchServer.create();
        ServerConnector connector = contender.connector(server, acceptors, 0);
        server.addConnector(connector);
        server.start();
        try {
            serve(new ShortConnection(BenchServer.address(connector)));
        } finally {
            server.stop();
        }
    }

    private void serve(ShortConnection client) throws IOException {
        for (int i = 0; i < warmUp; i++) {
            client.exchange();
        }
    }
}
