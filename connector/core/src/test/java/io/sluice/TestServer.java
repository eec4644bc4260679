package io.sluice;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.handler.ContextHandler;
import org.eclipse.jetty.server.handler.GracefulHandler;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.component.LifeCycle;
import org.eclipse.jetty.util.thread.QueuedThreadPool;

/** A server with one connector and an application that answers "ok"; what else a request does is up to the test. */
final class TestServer implements AutoCloseable {
    final Server server;
    final ServerConnector connector;
    private volatile RequestHook hook = request -> {};

    interface RequestHook {
        void on(Request request) throws Exception;
    }

    interface ConnectorMaker {
        ServerConnector make(Server server);
    }

    TestServer(ConnectorMaker maker) {
        this(new QueuedThreadPool(20), maker);
    }

    TestServer(QueuedThreadPool pool, ConnectorMaker maker) {
        server = new Server(pool);
        connector = maker.make(server);
        connector.setHost("127.0.0.1");
        server.addConnector(connector);
        server.setHandler(new ContextHandler(new Ok(), "/"));
    }

    static ServerConnector draining(Server server) {
        return new DrainingServerConnector(server, 1, 1);
    }

    static ServerConnector stock(Server server) {
        ServerConnector stock = new ServerConnector(server, 1, 1);
        stock.setReusePort(true);
        return stock;
    }

    TestServer withGracefulHandler() {
        server.setHandler(new GracefulHandler(server.getHandler()));
        return this;
    }

    TestServer withStopTimeout(long millis) {
        server.setStopTimeout(millis);
        return this;
    }

    /** Runs in the thread of each request, before the answer. */
    TestServer onRequest(RequestHook hook) {
        this.hook = hook;
        return this;
    }

    TestServer start() throws Exception {
        server.start();
        return this;
    }

    int port() {
        return connector.getLocalPort();
    }

    DrainReport report() {
        return ((DrainingServerConnector) connector).getLastDrainReport();
    }

    @Override
    public void close() {
        LifeCycle.stop(server);
    }

    private final class Ok extends Handler.Abstract {
        @Override
        public boolean handle(Request request, Response response, Callback callback) throws Exception {
            hook.on(request);
            response.write(true, ByteBuffer.wrap("ok".getBytes(StandardCharsets.US_ASCII)), callback);
            return true;
        }
    }
}
