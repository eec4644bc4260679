package io.sluice.examples.embedded;

import io.sluice.Adoption;
import io.sluice.DrainListener;
import io.sluice.DrainReport;
import io.sluice.DrainStrategy;
import io.sluice.DrainingServerConnector;
import io.sluice.ReadinessPort;
import io.sluice.SystemdNotifier;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.eclipse.jetty.ee11.servlet.ServletContextHandler;
import org.eclipse.jetty.ee11.servlet.ServletHolder;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.handler.GracefulHandler;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** One worker process: an embedded Jetty that shares its port with the other workers and is restarted like them. */
@Command(
        name = "sluice-worker",
        description = "Serves 'ok PID' over HTTP on a port that it shares with other workers.",
        mixinStandardHelpOptions = true,
        version = "sluice 0.1.0",
        sortOptions = false)
public final class Worker implements Callable<Integer> {
    /** The connectors to choose from. */
    enum Kind {
        DRAINING,
        STOCK
    }

    @Spec
    private CommandSpec spec;

    @Option(names = "--port", defaultValue = "8080", description = "Port to listen on, 0 for a free one (8080).")
    private int port;

    @Option(names = "--host", description = "Address to listen on (all).")
    private String host;

    @Option(names = "--connector", defaultValue = "draining", description = "draining or stock (draining).")
    private Kind connector;

    @Option(
            names = "--strategy",
            defaultValue = "auto",
            converter = StrategyConverter.class,
            description = "How to drain: auto, hand-over, steer, gate or two-pass (auto).")
    private DrainStrategy strategy;

    @Option(names = "--protocol", defaultValue = "http", description = "http, h2c, https or h2 (http).")
    private Protocol protocol;

    @Option(names = "--delay-ms", defaultValue = "0", description = "How long a request takes (0).")
    private int delayMillis;

    @Option(names = "--threads", defaultValue = "0", description = "Request threads, 0 for Jetty's default (0).")
    private int threads;

    @Option(names = "--acceptors", defaultValue = "1", description = "Acceptor threads (1).")
    private int acceptors;

    @Option(names = "--accept-queue-size", defaultValue = "4096", description = "Length of the accept queue (4096).")
    private int acceptQueueSize;

    @Option(names = "--stop-timeout-ms", defaultValue = "5000", description = "Jetty's stop timeout (5000).")
    private int stopTimeoutMillis;

    @Option(
            names = "--graceful-handler",
            arity = "1",
            defaultValue = "true",
            description = "Whether Jetty's GracefulHandler is used, true or false (true).")
    private boolean gracefulHandler;

    @Option(
            names = "--hand-over-connections",
            arity = "1",
            defaultValue = "true",
            description = "Whether open connections go on in another worker, true or false (true).")
    private boolean handOverConnections;

    @Option(names = "--max-requests", defaultValue = "0", description = "Stop after so many requests, 0 never (0).")
    private int maxRequests;

    @Option(
            names = "--readiness-port",
            defaultValue = "-1",
            description = "Port that answers 200 ready or 503 draining, 0 for a free one, -1 for none (-1).")
    private int readinessPort;

    @Option(
            names = "--pre-drain-delay-ms",
            defaultValue = "0",
            description = "Serve on for so long after a stop, while readiness says no (0).")
    private int preDrainDelayMillis;

    @Option(
            names = "--wait-for-successor-ms",
            defaultValue = "0",
            description = "Serve on for up to so long after a stop while no other worker listens (0).")
    private int waitForSuccessorMillis;

    /**
     * Runs a worker until it is stopped.
     *
     * @param args see {@code --help}
     */
    public static void main(String[] args) {
        int exitCode = commandLine().execute(args);
        if (exitCode != 0) {
            System.exit(exitCode);
        }
    }

    static CommandLine commandLine() {
        return new CommandLine(new Worker())
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setExecutionExceptionHandler((failure, command, parsed) -> {
                    command.getErr().println(failure.getMessage());
                    return failure instanceof IllegalArgumentException
                            ? CommandLine.ExitCode.USAGE
                            : CommandLine.ExitCode.SOFTWARE;
                });
    }

    @Override
    public Integer call() throws Exception {
        check("--port", port, 0, 65535);
        check("--delay-ms", delayMillis, 0, 600_000);
        check("--threads", threads, 0, 10_000);
        check("--acceptors", acceptors, 0, 64);
        check("--accept-queue-size", acceptQueueSize, 0, Integer.MAX_VALUE);
        check("--stop-timeout-ms", stopTimeoutMillis, 0, 600_000);
        check("--max-requests", maxRequests, 0, Integer.MAX_VALUE);
        check("--readiness-port", readinessPort, -1, 65535);
        check("--pre-drain-delay-ms", preDrainDelayMillis, 0, 600_000);
        check("--wait-for-successor-ms", waitForSuccessorMillis, 0, 600_000);

        Server server = new Server(threadPool());
        server.setStopTimeout(stopTimeoutMillis);
        server.setStopAtShutdown(true); // SIGTERM
        server.addEventListener(new SystemdNotifier());
        ReadinessPort readiness = readinessPort < 0 ? null : new ReadinessPort(server, host, readinessPort);
        server.addBean(readiness);
        ServerConnector listening = connector(server);
        server.addConnector(listening);
        server.setHandler(handlers(server));
        server.start();

        System.out.printf(
                "READY pid=%d port=%d connector=%s strategy=%s%s%n",
                ProcessHandle.current().pid(),
                listening.getLocalPort(),
                connector.name().toLowerCase(Locale.ROOT),
                listening instanceof DrainingServerConnector draining ? draining.getDrainStrategyInUse() : "none",
                readiness == null ? "" : " readiness-port=" + readiness.getLocalPort());
        server.join();
        return CommandLine.ExitCode.OK;
    }

    private void check(String option, int value, int least, int most) {
        if (value < least || value > most) {
            throw new ParameterException(
                    spec.commandLine(), "%s is %d; allowed is %d to %d".formatted(option, value, least, most));
        }
    }

    private QueuedThreadPool threadPool() {
        if (threads == 0) {
            return new QueuedThreadPool();
        }
        int selectors = 1;
        int all = threads + acceptors + selectors;
        QueuedThreadPool pool = new QueuedThreadPool(all, all);
        pool.setReservedThreads(0); // A reserved thread would be one request thread less.
        return pool;
    }

    private ServerConnector connector(Server server) {
        ServerConnector made;
        if (connector == Kind.STOCK) {
            made = new ServerConnector(server, acceptors, 1, protocol.factories());
            made.setReusePort(true);
        } else {
            DrainingServerConnector draining = new DrainingServerConnector(server, acceptors, 1, protocol.factories());
            draining.setDrainStrategy(strategy);
            draining.setPreDrainDelay(preDrainDelayMillis);
            draining.setWaitForSuccessor(waitForSuccessorMillis);
            draining.setHandOverConnections(handOverConnections);
            draining.addEventListener(new PrintReport());
            made = draining;
        }
        made.setHost(host);
        made.setPort(port);
        made.setAcceptQueueSize(acceptQueueSize);
        made.setInheritChannel(System.getenv("LISTEN_FDS") != null); // A systemd socket unit keeps the port open.
        return made;
    }

    private Handler handlers(Server server) {
        ServletContextHandler context = new ServletContextHandler();
        context.addServlet(new ServletHolder(new OkServlet(delayMillis)), "/");
        ServletHolder bytes = new ServletHolder(new BytesServlet());
        context.addServlet(bytes, BytesServlet.BYTES);
        context.addServlet(bytes, BytesServlet.DIGEST);
        Handler application = gracefulHandler ? new GracefulHandler(context) : context;
        return new StopAfterAnswer(application, server, maxRequests);
    }

    private static final class PrintReport implements DrainListener {
        @Override
        public void onDrainFinished(DrainingServerConnector connector, DrainReport report) {
            System.out.println("DRAINED " + report.toJson());
        }

        @Override
        public void onAdopted(DrainingServerConnector connector, Adoption adoption) {
            System.out.println("ADOPTED " + adoption.toJson());
        }
    }

    private static final class StrategyConverter implements CommandLine.ITypeConverter<DrainStrategy> {
        @Override
        public DrainStrategy convert(String value) {
            try {
                return DrainStrategy.of(value);
            } catch (IllegalArgumentException x) {
                throw new TypeConversionException(x.getMessage());
            }
        }
    }
}
