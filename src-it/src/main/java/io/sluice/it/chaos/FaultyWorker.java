package io.sluice.it.chaos;

import io.sluice.DrainListener;
import io.sluice.DrainReport;
import io.sluice.DrainStrategy;
import io.sluice.DrainingServerConnector;
import java.util.concurrent.Callable;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.ShutdownService;
import org.eclipse.jetty.server.handler.GracefulHandler;
import org.eclipse.jetty.util.component.AbstractLifeCycle;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** A worker like that of the examples, whose application and listeners can be told to go wrong. */
@Command(name = "faulty-worker", mixinStandardHelpOptions = true)
public final class FaultyWorker implements Callable<Integer> {
    static final String STOP_KEY = "secret";

    @Option(names = "--host")
    private String host;

    @Option(names = "--port", defaultValue = "" + Site.PORT)
    private int port;

    @Option(names = "--connector", defaultValue = "draining")
    private String connector;

    @Option(names = "--strategy", defaultValue = "auto")
    private String strategy;

    @Option(names = "--acceptors", defaultValue = "1")
    private int acceptors;

    @Option(names = "--accept-queue-size", defaultValue = "4096")
    private int acceptQueueSize;

    @Option(names = "--threads", defaultValue = "0", description = "Request threads; 0 means as many as are needed.")
    private int threads;

    @Option(
            names = "--delay-ms",
            defaultValue = "20",
            description = "How long each request takes; clients wait, rather than use up the CPU.")
    private int delayMillis;

    @Option(names = "--stop-port", defaultValue = "0")
    private int stopPort;

    @Option(names = "--start-delay-ms", defaultValue = "0", description = "How long the application takes to start.")
    private int startDelayMillis;

    @Option(names = "--drain-timeout-ms", defaultValue = "5000")
    private int drainTimeoutMillis;

    @Option(names = "--handshake-timeout-ms", defaultValue = "3000")
    private int handshakeTimeoutMillis;

    @Option(names = "--keep-alive-grace-ms", defaultValue = "1000")
    private int keepAliveGraceMillis;

    @Option(names = "--stop-timeout-ms", defaultValue = "5000")
    private int stopTimeoutMillis;

    @Option(
            names = "--listener",
            defaultValue = "none",
            description = "What a drain listener does: none, throws, hangs.")
    private String listener;

    @Option(names = "--defer-accept-s", defaultValue = "0", description = "TCP_DEFER_ACCEPT of the listener.")
    private int deferAcceptSeconds;

    @Option(names = "--foreign-program", description = "Attach a reuseport program that is not Sluice's.")
    private boolean foreignProgram;

    /**
     * Runs a worker until it is stopped.
     *
     * @param args the options
     */
    public static void main(String[] args) {
        int exitCode = new CommandLine(new FaultyWorker())
                .setOverwrittenOptionsAllowed(true)
                .execute(args);
        if (exitCode != 0) {
            System.exit(exitCode);
        }
    }

    @Override
    public Integer call() throws Exception {
        Server server = new Server(threadPool());
        server.setStopTimeout(stopTimeoutMillis);
        server.setStopAtShutdown(true);
        server.addBean(new SlowStart(startDelayMillis));
        server.addConnector(connector(server));
        server.setHandler(new GracefulHandler(new FaultyHandler(server, delayMillis)));
        if (stopPort != 0) {
            ShutdownService stopService = new ShutdownService("127.0.0.1", stopPort, STOP_KEY, false);
            stopService.addComponent(server);
            stopService.start();
        }
        server.start();
        if (deferAcceptSeconds > 0) {
            NativeListener.on(port).deferAccept(deferAcceptSeconds);
        }
        if (foreignProgram) {
            NativeListener.on(port).attachForeignProgram();
        }
        System.out.printf(
                "READY pid=%d port=%d stop-port=%d%n", ProcessHandle.current().pid(), port, stopPort);
        server.join();
        return CommandLine.ExitCode.OK;
    }

    private QueuedThreadPool threadPool() {
        if (threads == 0) {
            return new QueuedThreadPool();
        }
        int all = threads + acceptors + 1;
        QueuedThreadPool pool = new QueuedThreadPool(all, all);
        pool.setReservedThreads(0);
        return pool;
    }

    private ServerConnector connector(Server server) {
        ServerConnector made;
        if (connector.equals("stock")) {
            made = new ServerConnector(server, acceptors, 1);
            made.setReusePort(true);
        } else {
            DrainingServerConnector draining = new DrainingServerConnector(server, acceptors, 1);
            draining.setDrainStrategy(DrainStrategy.of(strategy));
            draining.setDrainTimeout(drainTimeoutMillis);
            draining.setHandshakeTimeout(handshakeTimeoutMillis);
            draining.setKeepAliveGrace(keepAliveGraceMillis);
            draining.addEventListener(new PrintReport());
            if (!listener.equals("none")) {
                draining.addEventListener(new FaultyListener(listener));
            }
            made = draining;
        }
        made.setHost(host);
        made.setPort(port);
        made.setAcceptQueueSize(acceptQueueSize);
        return made;
    }

    private static final class PrintReport implements DrainListener {
        @Override
        public void onDrainFinished(DrainingServerConnector connector, DrainReport report) {
            System.out.println("DRAINED " + report.toJson());
        }
    }

    private record FaultyListener(String fault) implements DrainListener {
        @Override
        public void onDrainStarted(DrainingServerConnector connector, DrainReport.Reason reason) {
            goWrong();
        }

        @Override
        public void onDrainFinished(DrainingServerConnector connector, DrainReport report) {
            goWrong();
        }

        private void goWrong() {
            if (fault.equals("throws")) {
                throw new IllegalStateException("a listener that throws");
            }
            try {
                Thread.sleep(FaultyHandler.FOREVER_MILLIS);
            } catch (InterruptedException x) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** An application that takes its time. */
    private static final class SlowStart extends AbstractLifeCycle {
        private final int millis;

        private SlowStart(int millis) {
            this.millis = millis;
        }

        @Override
        protected void doStart() throws InterruptedException {
            Thread.sleep(millis);
        }
    }
}
