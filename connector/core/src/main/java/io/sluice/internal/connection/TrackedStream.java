package io.sluice.internal.connection;

import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.http.MetaData;
import org.eclipse.jetty.server.HttpStream;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.util.Callback;

/** A request from its start until its client has the response, and its thread has left it. */
final class TrackedStream extends HttpStream.Wrapper {
    private static final AtomicReferenceFieldUpdater<TrackedStream, State> STATE =
            AtomicReferenceFieldUpdater.newUpdater(TrackedStream.class, State.class, "state");
    private static final ThreadLocal<Current> CURRENT = ThreadLocal.withInitial(Current::new);
    private static final StackWalker STACK = StackWalker.getInstance();

    private final Request request;
    private final TrackedConnection connection;
    private final ConnectionTracker tracker;
    private final Current current = CURRENT.get();
    private volatile State state = State.UNANSWERED;
    private volatile boolean exempt; // It is or was; the state forgets that at the end.

    TrackedStream(HttpStream stream, Request request, TrackedConnection connection, ConnectionTracker tracker) {
        super(stream);
        this.request = request;
        this.connection = connection;
        this.tracker = tracker;
        current.request = this;
    }

    /**
     * Finds the request that the calling thread is serving. A request may have gone asynchronous and left its thread to
     * other work, so that it began here is not enough: the thread must be inside Jetty's handling of a request.
     *
     * @return null if it serves none of this tracker
     */
    static TrackedStream ofCaller(ConnectionTracker tracker) {
        TrackedStream request = CURRENT.get().request;
        boolean serving = request != null
                && request.tracker == tracker
                && STACK.walk(frames -> frames.anyMatch(frame ->
                        frame.getClassName().startsWith("org.eclipse.jetty.server.internal.HttpChannelState")));
        return serving ? request : null;
    }

    /** The request stops the server: a stop that waited for it would wait for itself. */
    void exempt() {
        if (STATE.compareAndSet(this, State.UNANSWERED, State.STOPS_THE_SERVER)) {
            exempt = true;
            connection.requestExempted();
        }
    }

    /**
     * Called when the response is committed, so that a request begun before the drain is told too. Overriding the
     * connector's isShutdown() would say the same, but cut off responses committed as keep-alive before.
     */
    @Override
    public void prepareResponse(HttpFields.Mutable headers) {
        if (tracker.endsConnection(request) && mayEndConnection() && !headers.contains(HttpHeader.UPGRADE)) {
            headers.put(HttpFields.CONNECTION_CLOSE);
        }
        super.prepareResponse(headers);
    }

    /** The answer to CONNECT opens a tunnel, and HTTP/2 has other messages. */
    private boolean mayEndConnection() {
        return request.getConnectionMetaData().getHttpVersion().getVersion() < HttpVersion.HTTP_2.getVersion()
                && !HttpMethod.CONNECT.is(request.getMethod());
    }

    /** The client has its response when the last bytes are written, whenever the handler completes its callback. */
    @Override
    public void send(
            MetaData.Request sent, MetaData.Response response, boolean last, ByteBuffer content, Callback callback) {
        super.send(sent, response, last, content, last ? new LastSend(callback) : callback);
    }

    @Override
    public void succeeded() {
        end(true);
        leave();
        super.succeeded();
        closeIfDetached();
    }

    @Override
    public void failed(Throwable cause) {
        end(false);
        leave();
        super.failed(cause);
        closeIfDetached();
    }

    private void closeIfDetached() {
        if (exempt) {
            connection.closeIfDetached();
        }
    }

    private void end(boolean successfully) {
        State before = STATE.getAndSet(this, State.ENDED);
        if (before != State.ENDED) {
            connection.requestEnded(before == State.STOPS_THE_SERVER, successfully);
        }
    }

    /** Before the stream goes on: its thread may begin the next request of the connection at once. */
    private void leave() {
        if (current.request == this) {
            current.request = null;
        }
    }

    private enum State {
        UNANSWERED,
        STOPS_THE_SERVER,
        ENDED
    }

    /** The request that a thread began last; null once it is over, by whichever thread, hence volatile. */
    private static final class Current {
        private volatile TrackedStream request;
    }

    private final class LastSend extends Callback.Nested {
        private LastSend(Callback callback) {
            super(callback);
        }

        @Override
        public void succeeded() {
            end(true);
            super.succeeded();
        }
    }
}
