package io.sluice.it.restarts;

import io.sluice.DrainReport;
import io.sluice.DrainStrategy;
import io.sluice.DrainingServerConnector;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.handler.GracefulHandler;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.component.LifeCycle;
import org.eclipse.jetty.util.thread.QueuedThreadPool;

/**
 * Servers in one JVM that share a port. A restart costs milliseconds here, so that thousands are possible; to the kernel
 * the listeners are as apart as those of several processes.
 */
final class RollingServers implements AutoCloseable {
    private final String strategy;
    private final Deque<Server> running = new ArrayDeque<>();
    private int port;

    /**
     * Starts servers.
     *
     * @param strategy a drain strategy, or {@code stock} for Jetty's own connector
     */
    RollingServers(String strategy, int servers) throws Exception {
        this.strategy = strategy;
        for (int i = 0; i < servers; i++) {
            startOne();
        }
    }

    private void startOne() throws Exception {
        Server server = new Server(new QueuedThreadPool(16, 8));
        ServerConnector connector = connector(server);
        connector.setHost("127.0.0.1");
        connector.setPort(port);
        connector.setAcceptQueueSize(4096);
        server.addConnector(connector);
        server.setStopTimeout(5000);
        server.setHandler(new GracefulHandler(new Ok()));
        server.start();
        port = connector.getLocalPort();
        running.addLast(server);
    }

    private ServerConnector connector(Server server) {
        if (strategy.equals(RestartTable.STOCK)) {
            ServerConnector stock = new ServerConnector(server, 1, 1);
            stock.setReusePort(true);
            return stock;
        }
        DrainingServerConnector draining = new DrainingServerConnector(server, 1, 1);
        draining.setDrainStrategy(DrainStrategy.of(strategy));
        return draining;
    }

    /**
     * Starts a successor of the oldest server, and stops that.
     *
     * @return the report of its drain, null from the stock connector
     */
    DrainReport restartOldest() throws Exception {
        startOne();
        Server oldest = running.removeFirst();
        oldest.stop();
        return oldest.getConnectors()[0] instanceof DrainingServerConnector draining
                ? draining.getLastDrainReport()
                : null;
    }

    InetSocketAddress address() {
        return new InetSocketAddress("127.0.0.1", port);
    }

    @Override
    public void close() {
        running.forEach(server -> LifeCycle.stop(server));
    }

    private static final class Ok extends Handler.Abstract.NonBlocking {
        @Override
        public boolean handle(Request request, Response response, Callback callback) {
            response.write(true, ByteBuffer.wrap("ok".getBytes(StandardCharsets.US_ASCII)), callback);
            return true;
        }
    }
}
