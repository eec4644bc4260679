package io.sluice.it.bench;

import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.QueuedThreadPool;

/** A server with as little in it as possible but the connector: it answers {@code ok}. */
final class BenchServer {
    static final String SPENT = "/spent";

    /** All from the start and for ever: what a thread has allocated is forgotten when it ends. */
    private static final int THREADS = 24;

    private BenchServer() {}

    static Server create() {
        Server server = new Server(new QueuedThreadPool(THREADS, THREADS));
        server.setHandler(new Answer());
        return server;
    }

    static InetSocketAddress address(ServerConnector connector) {
        return new InetSocketAddress(connector.getHost(), connector.getLocalPort());
    }

    private static final class Answer extends Handler.Abstract.NonBlocking {
        private static final byte[] OK = "ok".getBytes(StandardCharsets.US_ASCII);

        @Override
        public boolean handle(Request request, Response response, Callback callback) {
            byte[] body = Request.getPathInContext(request).equals(SPENT)
                    ? Spent.ofThisProcess().toJson().getBytes(StandardCharsets.US_ASCII)
                    : OK;
            response.write(true, ByteBuffer.wrap(body), callback);
            return true;
        }
    }
}
