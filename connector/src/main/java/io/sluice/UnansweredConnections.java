package io.sluice;

import java.nio.channels.SelectableChannel;
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
 * The connections of one connector that are promised an answer, whatever the protocols in between (TLS, ALPN, PROXY):
 * each from its accept until its first response is complete, and again while a request is in flight.
 */
final class UnansweredConnections implements Answers, SelectorManager.AcceptListener, HttpConfiguration.Customizer {
    private static final ThreadLocal<Serving> SERVING = ThreadLocal.withInitial(Serving::new);
    private static final StackWalker STACK = StackWalker.getInstance();

    private final Connector connector;
    private final Set<SelectableChannel> waiting = ConcurrentHashMap.newKeySet(); // For their first request to begin.
    private final AtomicInteger inFlight = new AtomicInteger();
    private final Set<InFlight> excused = ConcurrentHashMap.newKeySet();
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
        return unanswered() > 0;
    }

    @Override
    public Tally tally() {
        return new Tally(answered.get(), unanswered(), lost.get());
    }

    /** A connection moves from waiting to in flight by being counted twice for a moment, never by being missed. */
    private int unanswered() {
        return waiting.size() + inFlight.get() - excused.size();
    }

    @Override
    public Runnable excuseCaller() {
        Serving serving = SERVING.get();
        InFlight request = serving.request;
        if (request == null || !request.isOf(this) || !isServingRequest() || !excused.add(request)) {
            return () -> {};
        }
        if (serving.request != request) {
            excused.remove(request); // Completed meanwhile, by another thread.
        }
        return () -> excused.remove(request);
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
        waiting.add(connection);
    }

    @Override
    public void onAcceptFailed(SelectableChannel connection, Throwable cause) {
        if (waiting.remove(connection) && draining) {
            lost.incrementAndGet();
        }
    }

    @Override
    public void onClosed(SelectableChannel connection) {
        waiting.remove(connection);
    }

    /** Follows each request of the connector to its end; an HttpConfiguration may serve other connectors too. */
    @Override
    public Request customize(Request request, HttpFields.Mutable responseHeaders) {
        if (request.getConnectionMetaData().getConnector() == connector) {
            inFlight.incrementAndGet();
            boolean first = waiting.remove(connectionOf(request));
            boolean http1 =
                    request.getConnectionMetaData().getHttpVersion().getVersion() < HttpVersion.HTTP_2.getVersion();
            request.addHttpStreamWrapper(stream -> new InFlight(stream, first, http1, SERVING.get()));
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
        return "UnansweredConnections[waiting=%d,inFlight=%d]".formatted(waiting.size(), inFlight.get());
    }

    /** The request that a thread began last, null once it is answered: by whichever thread, hence volatile. */
    private static final class Serving {
        private volatile InFlight request;
    }

    /** A request from its start to the end of its response. */
    private final class InFlight extends HttpStream.Wrapper {
        private final boolean first;
        private final boolean http1;
        private final Serving serving;

        private InFlight(HttpStream stream, boolean first, boolean http1, Serving serving) {
            super(stream);
            this.first = first;
            this.http1 = http1;
            this.serving = serving;
            serving.request = this;
        }

        private boolean isOf(UnansweredConnections connections) {
            return UnansweredConnections.this == connections;
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
            if (first && draining) {
                answered.incrementAndGet();
            }
            complete();
            super.succeeded();
        }

        @Override
        public void failed(Throwable cause) {
            complete();
            super.failed(cause);
        }

        /** Before the stream goes on: its thread may begin the next request of the connection at once. */
        private void complete() {
            inFlight.decrementAndGet();
            if (serving.request == this) {
                serving.request = null;
            }
            excused.remove(this);
        }
    }
}
