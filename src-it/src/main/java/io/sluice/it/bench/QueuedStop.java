package io.sluice.it.bench;

import io.sluice.DrainReport;
import io.sluice.DrainingServerConnector;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.ServerSocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;

/**
 * The stop of a server that has clients in its accept queue.
 *
 * @param queue how many
 * @param members listeners that share the port, the server's included
 */
record QueuedStop(int queue, int members) {
    private static final int ACCEPTORS = 1;
    private static final int SERVED_BEFORE = 10_000;
    private static final Duration PARK = Duration.ofMillis(20);

    /** What 10,000 requests have given the compiler to do is no part of the stop. */
    private static final Duration COMPILED = Duration.ofMillis(500);

    Ending ofSluice() throws Exception {
        Server server = BenchServer.create();
        DrainingServerConnector connector = new ParkingConnector(server);
        Contender.onLoopback(connector, 0);
        connector.setKeepAliveGrace(1); // The silent clients hold what comes after the close, which is not measured.
        server.addConnector(connector);
        server.start();
        serveSome(connector);
        try (QueuedClients clients = new QueuedClients()) {
            if (queue > 0) {
                fill(connector, clients);
            }
            double millis = stop(server, connector);
            DrainReport report = connector.getLastDrainReport();
            if (report.lost() != 0 || report.firstPass() + report.stragglers() != queue) {
                throw new IllegalStateException("this drain was no drain of " + queue + ": " + report.toJson());
            }
            return new Ending(Side.SLUICE, millis, report.toJson());
        }
    }

    /** With an empty queue, because this connector would reset what is queued. */
    Ending ofStock() throws Exception {
        Server server = BenchServer.create();
        ServerConnector connector = Contender.STOCK.connector(server, ACCEPTORS, 0);
        server.addConnector(connector);
        server.start();
        serveSome(connector);
        return new Ending(Side.STOCK, stop(server, connector), "");
    }

    /** A server that stops has served: what serving needs is loaded and compiled, what stopping needs is not. */
    private static void serveSome(ServerConnector connector) throws IOException, InterruptedException {
        try (ShortConnection client = new ShortConnection(BenchServer.address(connector))) {
            for (int i = 0; i < SERVED_BEFORE; i++) {
                client.exchange();
            }
        }
        TimeUnit.NANOSECONDS.sleep(COMPILED.toNanos());
    }

    private void fill(DrainingServerConnector connector, QueuedClients clients)
            throws IOException, InterruptedException {
        InetSocketAddress address = BenchServer.address(connector);
        connector.setAccepting(false);
        clients.connect(address, ACCEPTORS); // Wakes the acceptor, which then parks.
        TimeUnit.NANOSECONDS.sleep(PARK.toNanos());
        clients.connect(address, queue);
        if (connector.getAcceptQueueLength() != queue) {
            throw new IllegalStateException(
                    "%d connections are queued instead of %d".formatted(connector.getAcceptQueueLength(), queue));
        }
    }

    /** From the call to the closed listener. The other members come just before, so that the queue is all ours. */
    private double stop(Server server, ServerConnector connector) throws Exception {
        List<ServerSocketChannel> others = new ArrayList<>();
        try {
            for (int i = 1; i < members; i++) {
                ServerSocketChannel other = ServerSocketChannel.open();
                others.add(other);
                other.setOption(StandardSocketOptions.SO_REUSEPORT, true);
                other.bind(BenchServer.address(connector));
            }
            CloseWatch watch = new CloseWatch((ServerSocketChannel) connector.getTransport());
            watch.start();
            long start = System.nanoTime();
            server.stop();
            return (watch.awaitClosed() - start) / 1e6;
        } finally {
            for (ServerSocketChannel other : others) {
                other.close();
            }
        }
    }

    /** Leaves its queue to the kernel when it is told not to accept, and is to the drain what it is in service. */
    private static final class ParkingConnector extends DrainingServerConnector {
        private ParkingConnector(Server server) {
            super(server, ACCEPTORS, -1);
        }

        /** Jetty's acceptors look at the field behind this; the drain would ask for the reason, for each connection. */
        @Override
        public boolean isAccepting() {
            return true;
        }
    }
}
