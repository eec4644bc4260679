package io.sluice.internal.connection;

import io.sluice.DrainReport;
import io.sluice.internal.connection.TrackedConnection.Grace;
import io.sluice.internal.drain.Clients;
import io.sluice.internal.drain.Successor;
import java.nio.channels.SelectableChannel;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.SelectorManager;
import org.eclipse.jetty.io.SocketChannelEndPoint;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.Request;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The connections of one connector: a drain closes those that are idle, and waits for the others. An entry is there from
 * the accept to the close, or to the end of the last request where that is later.
 */
public final class ConnectionTracker implements Clients, SelectorManager.AcceptListener, HttpConfiguration.Customizer {
    private static final Logger LOG = LoggerFactory.getLogger(ConnectionTracker.class);
    private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(10);
    private static final long WEB_SOCKETS_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    private final Connector connector;
    private final Runnable onlyRequestsLeft;
    private final Map<SelectableChannel, TrackedConnection> connections = new ConcurrentHashMap<>();
    private final AtomicInteger answered = new AtomicInteger();
    private final AtomicInteger idleClosed = new AtomicInteger();
    private final AtomicInteger upgradedClosed = new AtomicInteger();
    private final AtomicInteger lost = new AtomicInteger();
    private volatile Grace grace; // Null until the drain begins.
    private volatile ConnectionHandOver handOver; // Null unless another process goes on with connections.
    private volatile boolean hasOnlyRequestsLeft;
    private volatile boolean allAccepted;

    // Used by the thread that drains.
    private long lookedAt;
    private WebSocketSessions webSockets; // Null where they are not this drain's affair.
    private long webSocketsClosedAt;

    /**
     * Makes a tracker without connections.
     *
     * @param onlyRequestsLeft called again and again, while a drain waits for nothing but requests in flight
     */
    public ConnectionTracker(Connector connector, Runnable onlyRequestsLeft) {
        this.connector = connector;
        this.onlyRequestsLeft = onlyRequestsLeft;
    }

    /** Warns where HTTP/1 connections cannot be asked what their clients have begun. */
    public static void warnIfHttp1IsHidden() {
        if (!Protocol.KNOWS_HTTP_1) {
            LOG.warn(
                    "Half of a second request is not seen on HTTP/1 connections, and not waited for when the server stops,"
                            + " because module org.eclipse.jetty.server hides their class. Add to the command line: --add-exports"
                            + " org.eclipse.jetty.server/org.eclipse.jetty.server.internal=io.sluice.connector");
        }
    }

    // ---- connections come and go -----------------------------------------------------------------------------------

    @Override
    public void onAccepting(SelectableChannel channel) {
        connections.put(channel, new TrackedConnection(channel, this));
    }

    @Override
    public void onAcceptFailed(SelectableChannel channel, Throwable cause) {
        if (connections.remove(channel) != null && isDraining()) {
            lost.incrementAndGet();
        }
    }

    @Override
    public void onClosed(SelectableChannel channel) {
        TrackedConnection connection = connections.get(channel);
        if (connection != null) {
            connection.closed();
            forgetIfOver(connection);
        }
    }

    /** A request may outlive its connection, and may even begin when that is closed. */
    void forgetIfOver(TrackedConnection connection) {
        synchronized (connection) {
            if (connection.isOver()) {
                connections.remove(connection.channel());
            } else {
                connections.put(connection.channel(), connection);
            }
        }
    }

    // ---- requests --------------------------------------------------------------------------------------------------

    /** Follows each request of the connector; an HttpConfiguration may serve other connectors too. */
    @Override
    public Request customize(Request request, HttpFields.Mutable responseHeaders) {
        if (request.getConnectionMetaData().getConnector() == connector) {
            Connection served = request.getConnectionMetaData().getConnection();
            TrackedConnection connection = connectionOf(served.getEndPoint());
            if (connection != null) {
                connection.requestBegun(served);
                if (connection.isClosed()) {
                    forgetIfOver(connection);
                }
                request.addHttpStreamWrapper(stream -> new TrackedStream(stream, request, connection, this));
            }
        }
        return request;
    }

    /** Null where a custom connection has an endpoint that is on no socket of ours. */
    private TrackedConnection connectionOf(EndPoint outer) {
        EndPoint endPoint = outer;
        while (endPoint instanceof EndPoint.Wrapper wrapper) {
            endPoint = wrapper.unwrap();
        }
        if (!(endPoint instanceof SocketChannelEndPoint socket)) {
            return null;
        }
        TrackedConnection known = connections.get(socket.getChannel());
        return known != null
                ? known
                : connections.computeIfAbsent(
                        socket.getChannel(), channel -> TrackedConnection.closedBefore(channel, this));
    }

    /** Counts a connection that has its first response. */
    void answered() {
        answered.incrementAndGet();
    }

    /** Tells whether the calling thread is serving a request of this connector. */
    public boolean isCallerServing() {
        return TrackedStream.ofCaller(this) != null;
    }

    // ---- the drain -------------------------------------------------------------------------------------------------

    @Override
    public void begin(DrainReport.Reason reason, Duration keepAliveGrace, Successor successor) {
        if (reason == DrainReport.Reason.SERVER_STOP || reason == DrainReport.Reason.SHUTDOWN) {
            webSockets = new WebSocketSessions(connector.getServer()); // They end only with their server.
        }
        if (successor != Successor.NONE) {
            handOver = new ConnectionHandOver(successor);
        }
        grace = new Grace(System.nanoTime(), keepAliveGrace.toNanos());
    }

    /** Tells whether a drain has begun. */
    public boolean isDraining() {
        return grace != null;
    }

    /** Tells whether the response of this request is the last on its connection. */
    boolean endsConnection(Request request) {
        return isDraining() && !goesOnElsewhere(request.getConnectionMetaData().getConnection());
    }

    /** Tells whether another process goes on with a connection when it is between two requests. */
    private boolean goesOnElsewhere(Connection connection) {
        ConnectionHandOver current = handOver;
        return current != null && current.isFor(connection);
    }

    /** Tells whether another process goes on with some. */
    public boolean handsConnectionsOver() {
        ConnectionHandOver current = handOver;
        return current != null && !current.isOver();
    }

    /** Tells whether another process reads what comes next on a connection. */
    boolean isNextRequestForSuccessor(Connection connection) {
        ConnectionHandOver current = handOver;
        return current != null && current.isNextRequestFor(connection);
    }

    @Override
    public void exemptCallingRequest() {
        TrackedStream request = TrackedStream.ofCaller(this);
        if (request != null) {
            request.exempt();
        }
    }

    @Override
    public void allAccepted() {
        allAccepted = true;
    }

    @Override
    public void closeIdle() {
        long now = System.nanoTime();
        boolean isAtWork = handOver != null && handOver.isAtWork();
        if (grace == null || lookedAt != 0 && now - lookedAt < LOOK_NANOS && !isAtWork) {
            return; // There may be many thousands.
        }
        lookedAt = now;
        findEndPoints();
        if (handOver != null) {
            handOver.handOver(connections.values());
        }
        for (TrackedConnection connection : connections.values()) {
            if (handOver != null && handOver.isLeaving(connection)) {
                continue;
            }
            switch (connection.closeIfIdle(grace)) {
                case IDLE -> idleClosed.incrementAndGet();
                case UPGRADED -> upgradedClosed.incrementAndGet();
                case NONE -> {}
            }
        }
        // More than once: sessions may open late, and over HTTP/2 they are streams that look like any other.
        if (webSockets != null && (webSocketsClosedAt == 0 || now - webSocketsClosedAt >= WEB_SOCKETS_NANOS)) {
            webSocketsClosedAt = now;
            webSockets.goAway();
        }
        hasOnlyRequestsLeft = allAccepted
                && connections.values().stream()
                        .noneMatch(connection -> connection.mayBringAnotherRequest(grace, this::goesOnElsewhere));
        if (hasOnlyRequestsLeft) {
            onlyRequestsLeft.run();
        }
    }

    /** Jetty knows the endpoints of the connector, of whichever class: a subclass may make its own. */
    private void findEndPoints() {
        for (EndPoint endPoint : connector.getConnectedEndPoints()) {
            TrackedConnection connection =
                    endPoint instanceof SocketChannelEndPoint socket ? connections.get(socket.getChannel()) : null;
            if (connection != null) { // Otherwise it is gone already.
                connection.found((SocketChannelEndPoint) endPoint);
            }
        }
    }

    /** Tells whether no client may send a request that is to be served like any other. */
    public boolean hasOnlyRequestsLeft() {
        return hasOnlyRequestsLeft;
    }

    @Override
    public boolean isPending() {
        return connections.values().stream().anyMatch(connection -> connection.isPending(grace));
    }

    @Override
    public Tally tally() {
        long silent = connections.values().stream()
                .filter(connection -> connection.isUnanswered(grace))
                .count();
        return new Tally(
                answered.get(),
                requestsInFlight() + (int) silent,
                idleClosed.get(),
                upgradedClosed.get(),
                lost.get(),
                handOver == null ? 0 : handOver.handedOver());
    }

    /**
     * Counts the requests whose response is not complete: for each connection, because a count of all would be written by
     * all threads all the time.
     */
    public int requestsInFlight() {
        return connections.values().stream()
                .mapToInt(TrackedConnection::unanswered)
                .sum();
    }

    /**
     * Keeps the connections of requests that have asked for the stop from being closed with the selectors, so that their
     * responses can be finished after it; and closes those that no selector has any more.
     */
    public void selectorsStop() {
        findEndPoints();
        connections.values().forEach(TrackedConnection::detachIfExempt);
        if (handOver != null) {
            handOver.end();
        }
    }

    @Override
    public String toString() {
        return "ConnectionTracker[connections=%d,requestsInFlight=%d]"
                .formatted(connections.size(), requestsInFlight());
    }
}
