package io.sluice;

import java.nio.channels.SelectableChannel;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.SelectorManager;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpStream;
import org.eclipse.jetty.server.Request;

/**
 * The connections of one connector that are promised an answer: each from its accept until its first response is
 * complete, whatever the protocols in between (TLS, ALPN, PROXY), and again while a request is in flight.
 */
final class UnansweredConnections implements Answers, SelectorManager.AcceptListener, HttpConfiguration.Customizer {
    /** The request that each thread began last; its connection is null once the response is complete. */
    private static final ThreadLocal<Serving> SERVING = ThreadLocal.withInitial(Serving::new);

    private static final StackWalker STACK = StackWalker.getInstance();

    private final Connector connector;
    private final Set<SelectableChannel> unanswered = ConcurrentHashMap.newKeySet();
    private final AtomicInteger requests = new AtomicInteger();
    private final Map<Thread, SelectableChannel> excused = new ConcurrentHashMap<>();
    private final AtomicInteger answered = new AtomicInteger();
    private final AtomicInteger lost = new AtomicInteger();
    private volatile boolean draining;

    UnansweredConnections(Connector connector) {
        this.connector = connector;
    }

    @Override
    public void begin() {
        draining = true;
    }

    @Override
    public boolean isPending() {
        return requests.get() > excused.size() || unexcused() > 0;
    }

    @Override
    public Tally tally() {
        return new Tally(answered.get(), unexcused(), lost.get());
    }

    private int unexcused() {
        return (int) unanswered.stream()
                .filter(connection -> !excused.containsValue(connection))
                .count();
    }

    @Override
    public Runnable excuseCaller() {
        Serving serving = SERVING.get();
        SelectableChannel connection = serving.connection;
        if (connection == null || serving.by != this || !isServingRequest()) {
            return () -> {};
        }
        Thread thread = Thread.currentThread();
        SelectableChannel outer = excused.putIfAbsent(thread, connection);
        return outer == null ? () -> excused.remove(thread) : () -> {};
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
    public void onAccepting(SelectableChannel connection) {
        unanswered.add(connection);
    }

    @Override
    public void onAcceptFailed(SelectableChannel connection, Throwable cause) {
        if (unanswered.remove(connection) && draining) {
            lost.incrementAndGet();
        }
    }

    @Override
    public void onClosed(SelectableChannel connection) {
        unanswered.remove(connection);
    }

    /** Follows each request of the connector to its end; an HttpConfiguration may serve other connectors too. */
    @Override
    public Request customize(Request request, HttpFields.Mutable responseHeaders) {
        if (request.getConnectionMetaData().getConnector() == connector) {
            SelectableChannel connection = connectionOf(request);
            Serving serving = SERVING.get();
            serving.by = this;
            serving.connection = connection;
            requests.incrementAndGet();
            request.addHttpStreamWrapper(stream -> new InFlight(stream, request, connection, serving));
        }
        return request;
    }

    private static SelectableChannel connectionOf(Request request) {
        EndPoint endPoint = request.getConnectionMetaData().getConnection().getEndPoint();
        while (endPoint instanceof EndPoint.Wrapper wrapper) {
            endPoint = wrapper.unwrap();
        }
        return (SelectableChannel) endPoint.getTransport();
    }

    @Override
    public String toString() {
        return "UnansweredConnections[connections=%d,requests=%d]".formatted(unanswered.size(), requests.get());
    }

    /** Written by the thread that it belongs to and by the one that completes the response. */
    private static final class Serving {
        private volatile UnansweredConnections by;
        private volatile SelectableChannel connection;
    }

    /** A request from its start to the end of its response. */
    private final class InFlight extends HttpStream.Wrapper {
        private final boolean http1;
        private final SelectableChannel connection;
        private final Serving serving;

        private InFlight(HttpStream stream, Request request, SelectableChannel connection, Serving serving) {
            super(stream);
            this.http1 =
                    request.getConnectionMetaData().getHttpVersion().getVersion() < HttpVersion.HTTP_2.getVersion();
            this.connection = connection;
            this.serving = serving;
        }

        /**
         * Called when the response is committed, so that a request begun before the drain is told too. Overriding the
         * connector's isShutdown() would say the same, but cut off responses committed as keep-alive before.
         */
        @Override
        public void prepareResponse(HttpFields.Mutable headers) {
            if (draining && http1 && !headers.contains(HttpHeader.UPGRADE)) {
                headers.put(HttpFields.CONNECTION_CLOSE);
            }
            super.prepareResponse(headers);
        }

        @Override
        public void succeeded() {
            if (unanswered.remove(connection) && draining) {
                answered.incrementAndGet();
            }
            complete();
            super.succeeded();
        }

        @Override
        public void failed(Throwable cause) {
            unanswered.remove(connection);
            complete();
            super.failed(cause);
        }

        private void complete() {
            requests.decrementAndGet();
            if (serving.connection == connection) {
                serving.connection = null;
                serving.by = null; // A pooled thread outlives the connector.
            }
        }
    }
}
