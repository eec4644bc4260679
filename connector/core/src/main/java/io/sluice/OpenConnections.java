package io.sluice;

import io.sluice.OpenConnection.Grace;
import io.sluice.internal.drain.Clients;
import java.io.IOException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.ManagedSelector;
import org.eclipse.jetty.io.SelectorManager;
import org.eclipse.jetty.io.ssl.SslHandshakeListener;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpStream;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.util.VirtualThreads;
import org.eclipse.jetty.util.thread.Scheduler;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The connections of one connector, and what they are promised, whatever the protocols in between (TLS, ALPN, PROXY): an
 * answer from the accept until the first response is complete, and again while a request is under way.
 */
final class OpenConnections
        implements Clients, SelectorManager.AcceptListener, SslHandshakeListener, HttpConfiguration.Customizer {
    private static final Logger LOG = LoggerFactory.getLogger(OpenConnections.class);
    private static final long GOODBYE_NANOS = TimeUnit.MILLISECONDS.toNanos(10);
    private static final long WEB_SOCKETS_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
    private static final ThreadLocal<Serving> SERVING = ThreadLocal.withInitial(Serving::new);
    private static final StackWalker STACK = StackWalker.getInstance();

    private final Connector connector;
    private final Map<SelectableChannel, OpenConnection> open = new ConcurrentHashMap<>();
    private final Map<ManagedSelector, SelectorLook> looks = new ConcurrentHashMap<>();
    private final Set<OpenConnection> survived = ConcurrentHashMap.newKeySet(); // By requests in flight.
    private final Set<InFlight> excused = ConcurrentHashMap.newKeySet();
    private final Set<InFlight> stopping = ConcurrentHashMap.newKeySet(); // Excused until they are answered.
    private final AtomicInteger answered = new AtomicInteger();
    private final AtomicInteger idleClosed = new AtomicInteger();
    private final AtomicInteger lost = new AtomicInteger();
    private volatile Grace grace; // Null until the drain begins.

    // Used by the thread that drains.
    private long saidGoodbye;
    private WebSocketSessions webSockets; // Null where they are not this drain's affair.
    private long toldWebSockets;

    OpenConnections(Connector connector) {
        this.connector = connector;
    }

    /**
     * The endpoint of a connection that was accepted.
     *
     * @param toldOfOpen whether {@link WatchedEndPoint#opened} will be called
     */
    WatchedEndPoint watch(
            SocketChannel channel,
            ManagedSelector selector,
            SelectionKey key,
            Scheduler scheduler,
            boolean toldOfOpen) {
        OpenConnection accepted = open.get(channel);
        OpenConnection connection = accepted == null ? new OpenConnection() : accepted; // Gone already.
        SelectorLook look = looks.computeIfAbsent(selector, SelectorLook::new);
        // Where requests run in virtual threads, this thread is none.
        boolean readAtOnce = toldOfOpen && !VirtualThreads.isUseVirtualThreads(connector.getExecutor());
        WatchedEndPoint endPoint = new WatchedEndPoint(channel, selector, key, scheduler, connection, look, readAtOnce);
        if (!readAtOnce) {
            connection.opened(endPoint, look);
        }
        return endPoint;
    }

    @Override
    public void begin(DrainReport.Reason reason, Duration keepAliveGrace) {
        if (reason.isOfServer()) {
            webSockets = new WebSocketSessions(connector.getServer());
        }
        grace = new Grace(System.nanoTime(), keepAliveGrace.toNanos());
    }

    private boolean isDraining() {
        return grace != null;
    }

    @Override
    public void closeIdle() {
        long now = System.nanoTime();
        if (saidGoodbye == 0 || now - saidGoodbye >= GOODBYE_NANOS) { // There may be many thousands.
            saidGoodbye = now;
            looks.values().forEach(SelectorLook::ask);
            for (OpenConnection connection : open.values()) {
                idleClosed.addAndGet(connection.sayGoodbye(grace) ? 1 : 0);
            }
            // More than once: sessions may open late, and over HTTP/2 they are streams that look like any other.
            if (webSockets != null && (toldWebSockets == 0 || now - toldWebSockets >= WEB_SOCKETS_NANOS)) {
                toldWebSockets = now;
                webSockets.goAway();
            }
        }
    }

    @Override
    public boolean isPending() {
        return open.values().stream().anyMatch(connection -> connection.isPending(grace)) || requestsInFlight() > 0;
    }

    @Override
    public Tally tally() {
        long silent = open.values().stream()
                .filter(connection -> connection.isUnanswered(grace))
                .count();
        return new Tally(answered.get(), requestsInFlight() + (int) silent, idleClosed.get(), lost.get());
    }

    /** Counted for each connection, because a count of all would be written by all threads all the time. */
    private int requestsInFlight() {
        return Stream.of(open.values(), survived)
                        .flatMap(Collection::stream)
                        .mapToInt(OpenConnection::inFlight)
                        .sum()
                - excused.size();
    }

    @Override
    public void exemptCallingRequest() {
        InFlight request = callersRequest();
        if (request == null || !excused.add(request)) {
            return;
        }
        stopping.add(request);
        request.connection.excuse();
        if (SERVING.get().request != request) { // Completed meanwhile, by another thread.
            stopping.remove(request);
            request.endExcuse();
        }
    }

    /**
     * Keeps the connections of the requests that have asked for the stop, in whichever threads, from being closed with
     * the selectors, so that their responses can be finished after it.
     */
    void detachStopping() {
        for (InFlight request : stopping) {
            try {
                request.connection.detach();
            } catch (IOException | RuntimeException x) {
                LOG.warn("The response of the request that stops the server is lost: its connection is closed", x);
            }
            if (!stopping.contains(request)) { // Answered meanwhile, before there was anything to close.
                request.connection.closeIfDetached();
            }
        }
    }

    /** Whether the calling thread is serving a request of this connector. */
    boolean isCallerServing() {
        return callersRequest() != null;
    }

    private InFlight callersRequest() {
        InFlight request = SERVING.get().request;
        return request != null && request.isOf(this) && isServingRequest() ? request : null;
    }

    /**
     * Whether the calling thread is inside Jetty's handling of a request. A request may have gone asynchronous and left
     * its thread to other work, so that it was begun here does not tell.
     */
    private static boolean isServingRequest() {
        return STACK.walk(frames -> frames.anyMatch(
                frame -> frame.getClassName().startsWith("org.eclipse.jetty.server.internal.HttpChannelState")));
    }

    @Override
    public void onAccepting(SelectableChannel channel) {
        open.put(channel, new OpenConnection());
    }

    @Override
    public void onAcceptFailed(SelectableChannel channel, Throwable cause) {
        if (open.remove(channel) != null && isDraining()) {
            lost.incrementAndGet();
        }
    }

    @Override
    public void onClosed(SelectableChannel channel) {
        OpenConnection connection = open.get(channel);
        if (connection != null) {
            connection.closed();
            updateSurvived(connection);
            open.remove(channel); // Afterwards, so that whoever counts finds it in one of the two.
        }
    }

    /** Requests outlive a connection that their client has left, and may even begin on it. */
    private void updateSurvived(OpenConnection connection) {
        do {
            if (connection.inFlight() > 0) {
                survived.add(connection);
            } else {
                survived.remove(connection);
            }
        } while (survived.contains(connection) != (connection.inFlight() > 0)); // Another thread came in between.
    }

    @Override
    public void handshakeSucceeded(Event event) {
        openConnectionOf(event.getEndPoint()).handshakeEnded();
    }

    /** Follows each request of the connector to its end; an HttpConfiguration may serve other connectors too. */
    @Override
    public Request customize(Request request, HttpFields.Mutable responseHeaders) {
        if (request.getConnectionMetaData().getConnector() == connector) {
            Connection connection = request.getConnectionMetaData().getConnection();
            OpenConnection open = openConnectionOf(connection.getEndPoint());
            boolean first = open.requestBegun(connection);
            if (open.isClosed()) {
                updateSurvived(open);
            }
            request.addHttpStreamWrapper(stream -> new InFlight(stream, request, open, first, SERVING.get()));
        }
        return request;
    }

    private static OpenConnection openConnectionOf(EndPoint outer) {
        EndPoint endPoint = outer;
        while (!(endPoint instanceof WatchedEndPoint) && endPoint instanceof EndPoint.Wrapper wrapper) {
            endPoint = wrapper.unwrap();
        }
        return ((WatchedEndPoint) endPoint).openConnection();
    }

    @Override
    public String toString() {
        return "OpenConnections[open=%d,inFlight=%d]".formatted(open.size(), requestsInFlight());
    }

    /** The request that a thread began last, null once it is answered: by whichever thread, hence volatile. */
    private static final class Serving {
        private volatile InFlight request;
    }

    /** A request from its start to the end of its response. */
    private final class InFlight extends HttpStream.Wrapper {
        private final Request request;
        private final OpenConnection connection;
        private final boolean first;
        private final Serving serving;

        private InFlight(
                HttpStream stream, Request request, OpenConnection connection, boolean first, Serving serving) {
            super(stream);
            this.request = request;
            this.connection = connection;
            this.first = first;
            this.serving = serving;
            serving.request = this;
        }

        private boolean isOf(OpenConnections connections) {
            return OpenConnections.this == connections;
        }

        /**
         * Called when the response is committed, so that a request begun before the drain is told too. Overriding the
         * connector's isShutdown() would say the same, but cut off responses committed as keep-alive before.
         */
        @Override
        public void prepareResponse(HttpFields.Mutable headers) {
            if (isDraining() && isLastOfConnection() && !headers.contains(HttpHeader.UPGRADE)) {
                headers.put(HttpFields.CONNECTION_CLOSE);
            }
            super.prepareResponse(headers);
        }

        /** The answer to CONNECT opens a tunnel, and HTTP/2 has other words. */
        private boolean isLastOfConnection() {
            return request.getConnectionMetaData().getHttpVersion().getVersion() < HttpVersion.HTTP_2.getVersion()
                    && !HttpMethod.CONNECT.is(request.getMethod());
        }

        @Override
        public void succeeded() {
            if (first && isDraining()) {
                answered.incrementAndGet();
            }
            complete();
            super.succeeded();
            connection.closeIfDetached();
        }

        @Override
        public void failed(Throwable cause) {
            complete();
            super.failed(cause);
            connection.closeIfDetached();
        }

        /** Before the stream goes on: its thread may begin the next request of the connection at once. */
        private void complete() {
            if (serving.request == this) {
                serving.request = null;
            }
            stopping.remove(this);
            endExcuse(); // Before it ends: an excused request that is counted no more would hide another.
            connection.requestEnded(isDraining());
            if (connection.isClosed()) {
                updateSurvived(connection);
            }
        }

        private void endExcuse() {
            if (excused.remove(this)) {
                connection.endExcuse();
            }
        }
    }
}
