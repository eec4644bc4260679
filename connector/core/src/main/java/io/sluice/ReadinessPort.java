package io.sluice;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.util.annotation.ManagedAttribute;
import org.eclipse.jetty.util.annotation.ManagedObject;
import org.eclipse.jetty.util.annotation.Name;
import org.eclipse.jetty.util.component.AbstractLifeCycle;

/**
 * A port of this process alone that answers {@code 200 ready} while all {@link DrainingServerConnector}s of a server are
 * {@link DrainingServerConnector#isReady() ready}, {@code 503 starting} before, and {@code 503 draining} from the moment in
 * which one of them is stopped; to GET and HEAD of any path. A port that processes share cannot be asked: any of them may
 * answer.
 *
 * <p>Add it to the server with {@code server.addBean(new ReadinessPort(server, host, port))}, before the handlers if it is to
 * be asked while they start; it is open until all connectors have stopped. It has threads of its own, so that it answers when
 * all of the server's are busy. Needs the JDK's module {@code jdk.httpserver}.
 */
@ManagedObject("A port that tells whether a server is ready")
public final class ReadinessPort extends AbstractLifeCycle {
    private static final int MOST_THREADS = 8;

    private final Server server;
    private final String host;
    private final int port;
    private volatile HttpServer answering;
    private volatile ExecutorService threads;

    /**
     * For one server.
     *
     * @param server the server that is asked about
     * @param host the address to listen on, null for all
     * @param port each process its own; 0 for a free one
     * @throws IllegalArgumentException if it is no port
     */
    public ReadinessPort(@Name("server") Server server, @Name("host") String host, @Name("port") int port) {
        if (port < 0 || port > 65535) {
            throw new IllegalArgumentException("readinessPort is %d; allowed is 0 to 65535".formatted(port));
        }
        this.server = server;
        this.host = host;
        this.port = port;
    }

    /**
     * The port that is open.
     *
     * @return -1 if none is
     */
    @ManagedAttribute("The port that is open, -1 if none is")
    public int getLocalPort() {
        HttpServer current = answering;
        return current == null ? -1 : current.getAddress().getPort();
    }

    @Override
    protected void doStart() throws Exception {
        InetSocketAddress address = host == null ? new InetSocketAddress(port) : new InetSocketAddress(host, port);
        try {
            answering = HttpServer.create(address, 0);
        } catch (BindException x) {
            throw new IOException(
                    "readinessPort is %d, but %s cannot be bound: %s. It is not shared: each process needs one of its own"
                            .formatted(port, address, x.getMessage()),
                    x);
        }
        threads = new ThreadPoolExecutor(0, MOST_THREADS, 10, TimeUnit.SECONDS, new SynchronousQueue<>(), task -> {
            Thread thread = new Thread(task, "sluice-readiness");
            thread.setDaemon(true);
            return thread;
        });
        answering.setExecutor(threads);
        answering.createContext("/", exchange -> answer(exchange, Readiness.of(server)));
        answering.start();
    }

    @Override
    protected void doStop() {
        HttpServer current = answering;
        if (current != null) { // Else its start has failed.
            answering = null;
            current.stop(0);
            threads.shutdownNow();
        }
    }

    private static void answer(HttpExchange exchange, Readiness readiness) throws IOException {
        try (exchange) {
            boolean head = exchange.getRequestMethod().equals("HEAD");
            byte[] body = readiness.body().getBytes(StandardCharsets.US_ASCII);
            exchange.getResponseHeaders().set("Content-Type", "text/plain");
            exchange.getResponseHeaders().set("Cache-Control", "no-store");
            exchange.sendResponseHeaders(readiness.status(), head ? -1 : body.length);
            if (!head) {
                exchange.getResponseBody().write(body);
            }
        }
    }

    @Override
    public String toString() {
        return "%s{%s,%d}".formatted(super.toString(), Readiness.of(server), getLocalPort());
    }
}
