package io.sluice;

import io.sluice.internal.readiness.AnsweringPort;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
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
 * be asked while they start; it is open until all connectors have stopped. It has a thread of its own, so that it answers when
 * all of the server's are busy, and closes a connection that has not asked within two seconds, or with 8 KiB; clients that
 * are slow, silent or many do not keep others from being answered.
 */
@ManagedObject("A port that tells whether a server is ready")
public final class ReadinessPort extends AbstractLifeCycle {
    private final Server server;
    private final String host;
    private final int port;
    private volatile AnsweringPort answering;

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
        AnsweringPort current = answering;
        return current == null ? -1 : current.port();
    }

    @Override
    protected void doStart() throws Exception {
        InetSocketAddress address = host == null ? new InetSocketAddress(port) : new InetSocketAddress(host, port);
        try {
            answering = new AnsweringPort(address, () -> {
                Readiness readiness = Readiness.of(server);
                return new AnsweringPort.Answer(readiness.status(), readiness.body());
            });
        } catch (BindException x) {
            throw new IOException(
                    "readinessPort is %d, but %s cannot be bound: %s. It is not shared: each process needs one of its own"
                            .formatted(port, address, x.getMessage()),
                    x);
        }
    }

    @Override
    protected void doStop() {
        AnsweringPort current = answering;
        if (current != null) { // Else its start has failed.
            answering = null;
            current.close();
        }
    }

    @Override
    public String toString() {
        return "%s{%s,%d}".formatted(super.toString(), Readiness.of(server), getLocalPort());
    }
}
