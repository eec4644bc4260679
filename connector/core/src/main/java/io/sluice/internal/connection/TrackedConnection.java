package io.sluice.internal.connection;

import io.sluice.linux.SocketState;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.SelectableChannel;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import java.util.function.Predicate;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.SocketChannelEndPoint;
import org.eclipse.jetty.io.ssl.SslConnection;
import org.eclipse.jetty.util.IO;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection from its accept to its close, or to the end of its last request where that is later: what its client is
 * owed, and when it may be closed. Requests are counted; all else is asked of Jetty at the moment of a drain.
 */
final class TrackedConnection {
    private static final Logger LOG = LoggerFactory.getLogger(TrackedConnection.class);
    private static final long CLOSING_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
    private static final long SETTLED_NANOS = TimeUnit.MILLISECONDS.toNanos(40);
    private static final long RESEND_NANOS = TimeUnit.MILLISECONDS.toNanos(4000);
    private static final long UNKNOWN = -1;

    // Fields instead of objects, because there are as many as there are connections.
    private static final AtomicIntegerFieldUpdater<TrackedConnection> UNANSWERED =
            AtomicIntegerFieldUpdater.newUpdater(TrackedConnection.class, "unanswered");
    private static final AtomicIntegerFieldUpdater<TrackedConnection> EXEMPT =
            AtomicIntegerFieldUpdater.newUpdater(TrackedConnection.class, "exempt");

    private final SelectableChannel channel;
    private final ConnectionTracker tracker;
    private volatile int unanswered; // Requests whose response is not complete, other than exempt ones.
    private volatile int exempt; // Requests that stop the server: the stop cannot wait for them.
    private volatile SocketChannelEndPoint endPoint; // Null until a drain has found it.
    private volatile Connection served; // The connection that brought the last request.
    private volatile boolean answered;
    private volatile boolean closed;
    private volatile long quietSince = System.nanoTime();
    private volatile long bytesAtAnswer = UNKNOWN; // Known during a drain only.

    // Used by the thread that drains.
    private Connection speaking;
    private Protocol protocol;
    private long busySince; // 0 while no request is under way.
    private volatile long closingSince; // 0 before.

    TrackedConnection(SelectableChannel channel, ConnectionTracker tracker) {
        this.channel = channel;
        this.tracker = tracker;
    }

    /** Makes the entry of a connection that was closed before its request began. */
    static TrackedConnection closedBefore(SelectableChannel channel, ConnectionTracker tracker) {
        TrackedConnection connection = new TrackedConnection(channel, tracker);
        connection.closed();
        return connection;
    }

    // ---- what happens to it ----------------------------------------------------------------------------------------

    /** A thread has come to the connection, and made its endpoint. */
    void found(SocketChannelEndPoint its) {
        if (endPoint == null) {
            quietSince = System.nanoTime();
            endPoint = its;
        }
    }

    void requestBegun(Connection connection) {
        UNANSWERED.incrementAndGet(this);
        if (served != connection) {
            served = connection;
        }
    }

    /**
     * Counts a response that is complete, or will never be.
     *
     * @param successfully whether the client has been sent all of it
     */
    void requestEnded(boolean wasExempt, boolean successfully) {
        boolean first = !answered;
        if (first) {
            answered = true;
        }
        if (tracker.isDraining()) {
            bytesAtAnswer = endPoint == null ? UNKNOWN : bytesIn();
            if (first && successfully) {
                tracker.answered();
            }
        }
        (wasExempt ? EXEMPT : UNANSWERED).decrementAndGet(this);
        if (closed) {
            tracker.forgetIfOver(this);
        }
    }

    /** A request of this connection stops the server: it is not waited for, and its connection is left alone. */
    void requestExempted() {
        EXEMPT.incrementAndGet(this);
        UNANSWERED.decrementAndGet(this);
    }

    void closed() {
        closed = true;
    }

    // ---- what it is ------------------------------------------------------------------------------------------------

    SelectableChannel channel() {
        return channel;
    }

    int unanswered() {
        return unanswered;
    }

    /** Gives its endpoint; null until a drain has found it, and where a subclass of the connector makes its own. */
    TrackedEndPoint tracked() {
        return endPoint instanceof TrackedEndPoint tracked ? tracked : null;
    }

    /** Tells whether no request is under way on it; one that has come first of all, and was not read yet, is. */
    boolean isWaitingForRequest() {
        return !closed && unanswered == 0 && exempt == 0 && closingSince == 0 && (served != null || !isUnread());
    }

    boolean isClosed() {
        return closed;
    }

    /** Tells whether nothing will happen to it any more. */
    boolean isOver() {
        return closed && unanswered == 0 && exempt == 0;
    }

    /**
     * Tells whether another request may come on it that is to be served like any other. None comes while a request is
     * under way whose response will say that it is the last. One whose response has not said so keeps that right for
     * the grace of its connection and once more the same time; longer only what may go on for ever takes.
     *
     * @param goesOnElsewhere whether a next request will be read by another process, unless it has been read already
     */
    boolean mayBringAnotherRequest(Grace grace, Predicate<Connection> goesOnElsewhere) {
        Connection innermost = innermost();
        if (closed || closingSince != 0 || exempt > 0 || innermost != null && isUpgraded(innermost)) {
            return false;
        }
        if (unanswered == 0 || innermost == null) {
            busySince = 0;
            return true;
        }
        long now = System.nanoTime();
        if (busySince == 0) {
            busySince = now; // It may not have come to its handler.
        }
        boolean lastResponse = goesOnElsewhere.test(innermost)
                ? !Http1.hasReadAhead(innermost)
                : !protocolOf(innermost).isKeptAlive();
        return now - busySince < SETTLED_NANOS || !lastResponse && !grace.isOver(now - grace.nanos());
    }

    /** Tells whether its client waits in vain if nothing more is done, apart from requests that are counted. */
    boolean isUnanswered(Grace grace) {
        return !closed
                && unanswered == 0
                && closingSince == 0
                && exempt == 0
                && (isOwed() || !isGraceOver(grace) && (!answered || isUpgraded(innermost())));
    }

    /** Tells whether the drain should wait for it: until {@link #closeIfIdle} has closed it, or its client has. */
    boolean isPending(Grace grace) {
        if (unanswered > 0 || closed || closingSince == 0) {
            return unanswered > 0 || !closed && exempt == 0;
        }
        long now = System.nanoTime();
        if (endPoint.isOpen() && (now - closingSince < CLOSING_NANOS || !isReceived(now, grace))) {
            return true;
        }
        endPoint.close(); // An HTTP/2 session waits for its client to close.
        return false;
    }

    /**
     * Tells whether the client has received what was sent. If it goes on sending, the close is a reset, which would destroy
     * what is still under way.
     */
    private boolean isReceived(long now, Grace grace) {
        return kernelState()
                .map(state -> state.unacknowledged() == 0)
                .orElseGet(() -> !protocol.isReadBy(now, grace.nanos()));
    }

    private Optional<SocketState> kernelState() {
        return endPoint.getLocalSocketAddress() instanceof InetSocketAddress local
                        && endPoint.getRemoteSocketAddress() instanceof InetSocketAddress remote
                ? SocketState.of(local, remote)
                : Optional.empty();
    }

    // ---- closing it ------------------------------------------------------------------------------------------------

    /**
     * Closes the connection if its last response is complete, or if nothing is owed and the grace is over. An HTTP/2
     * client is asked to leave as soon as it has had a request here, because one that is asked before sends none.
     *
     * @return which kind of client, that could not be told, was cut off by that
     */
    CutOff closeIfIdle(Grace grace) {
        Connection innermost = innermost();
        if (innermost == null || closingSince != 0 || closed || exempt > 0) {
            return CutOff.NONE;
        }
        Protocol current = protocolOf(innermost);
        if (served != null) {
            current.sendGoAway();
        }
        if (unanswered > 0 || hasBegun(innermost)) {
            quietSince = System.nanoTime();
            return CutOff.NONE;
        }
        if (!isGraceOver(grace) && !isLastResponseRead(innermost) || isUnread()) {
            return CutOff.NONE;
        }
        current.sendLastGoAway();
        if (hasBegun(innermost)) {
            return CutOff.NONE; // Just before the last frame.
        }
        boolean told = current.hasGoAway() || innermost.getEndPoint().isOutputShutdown();
        closingSince = System.nanoTime();
        IO.close(endPoint.getConnection());
        return told ? CutOff.NONE : isUpgraded(innermost) ? CutOff.UPGRADED : CutOff.IDLE;
    }

    /**
     * Tells whether the response that ended our side of the connection has been given, and its client sends nothing more:
     * the close of a connection with unread bytes is a reset, which may overtake the response.
     */
    private boolean isLastResponseRead(Connection innermost) {
        long bytes = bytesIn();
        boolean known = bytesAtAnswer != UNKNOWN; // It was answered in this drain, or looked at before.
        if (!known) {
            bytesAtAnswer = bytes;
        }
        return known && innermost.getEndPoint().isOutputShutdown() && bytes == bytesAtAnswer;
    }

    private long bytesIn() {
        Connection outer = endPoint.getConnection();
        return outer == null ? UNKNOWN : outer.getBytesIn();
    }

    /** Takes the connection out of its selector if a request that stops the server is still to be answered on it. */
    void detachIfExempt() {
        if (exempt == 0) {
            return;
        }
        try {
            if (endPoint instanceof TrackedEndPoint tracked) {
                tracked.detach();
            } else {
                LOG.warn(
                        "The response of the request that stops the server may be lost: {} cannot outlive it",
                        endPoint);
            }
        } catch (IOException | RuntimeException x) {
            LOG.warn("The response of the request that stops the server is lost: its connection is closed", x);
        }
        if (exempt == 0) {
            closeIfDetached(); // It was answered meanwhile, before there was anything to close.
        }
    }

    /** Closes a detached connection: nobody is left to do it, and a thread would wait in a blocking read for its client. */
    void closeIfDetached() {
        if (endPoint instanceof TrackedEndPoint tracked && tracked.isDetached()) {
            IO.close(tracked.getConnection());
        }
    }

    // ---- what its client is owed -----------------------------------------------------------------------------------

    private boolean isOwed() {
        Connection innermost = innermost();
        return innermost == null || hasBegun(innermost) || isUnread();
    }

    private boolean hasBegun(Connection innermost) {
        return !innermost.getEndPoint().isOutputShutdown()
                && !isUpgraded(innermost)
                && (isInTls() || protocolOf(innermost).isBusy());
    }

    /**
     * Tells whether bytes have come that no thread has read yet, which can take its time with all threads or the selector
     * busy. The kernel is asked (FIONREAD), in whichever mode the channel is.
     */
    private boolean isUnread() {
        try {
            return endPoint.getChannel().socket().getInputStream().available() > 0;
        } catch (IOException x) {
            return false; // It is closed, or its client has ended it.
        }
    }

    /**
     * Tells whether TLS has begun something that no request shows: a handshake, or a record that is not complete. Bytes
     * before TLS are how a proxy introduces its client, and SslConnection does not count them.
     */
    private boolean isInTls() {
        if (!(endPoint.getConnection() instanceof SslConnection tls) || tls.getBytesIn() == 0) {
            return false;
        }
        SSLEngine engine = tls.getSSLEngine(); // Whose status is the same before a handshake as after it.
        boolean shakingHands = engine.getHandshakeStatus() != HandshakeStatus.NOT_HANDSHAKING
                || engine.getSession().getProtocol().equals("NONE");
        return shakingHands || endPoint instanceof RecordedEndPoint recorded && recorded.isInTlsRecord();
    }

    /** Tells whether its client has had time enough to send a request. */
    private boolean isGraceOver(Grace grace) {
        if (endPoint == null) {
            return false;
        }
        Connection innermost = innermost();
        long now = System.nanoTime();
        long quiet = innermost != null && isUpgraded(innermost)
                ? now - TimeUnit.MILLISECONDS.toNanos(endPoint.getIdleFor())
                : quietSince;
        return grace.isOverSince(quiet, now) && !isFirstRequestOnItsWay(now);
    }

    /**
     * Tells whether the kernel has thrown away what the client sent first, as behind a {@link io.sluice.linux.SynGate}.
     * Who had to send the SYN again repeats it after 3 s (RFC 6298, 5.7).
     */
    private boolean isFirstRequestOnItsWay(long now) {
        return served == null
                && bytesIn() <= 0
                && now - quietSince < RESEND_NANOS
                && kernelState().filter(state -> state.dropped() > 0).isPresent();
    }

    /** Tells whether a protocol took over after a request that Jetty does not count requests of: WebSocket, a tunnel. */
    private boolean isUpgraded(Connection innermost) {
        Connection last = served;
        return last != null && innermost != last && !protocolOf(innermost).hasGoAway();
    }

    private Protocol protocolOf(Connection innermost) {
        if (innermost != speaking) {
            speaking = innermost;
            protocol = Protocol.of(innermost, endPoint);
        }
        return protocol;
    }

    /** The connection inside TLS; null while there is none. */
    private Connection innermost() {
        SocketChannelEndPoint current = endPoint;
        Connection outer = current == null ? null : current.getConnection();
        return outer instanceof SslConnection tls ? tls.getSslEndPoint().getConnection() : outer;
    }

    /** The kinds of clients that are cut off without a message of their protocol. */
    enum CutOff {
        /** None was: it goes on, or has been told. */
        NONE,
        /** One that has sent no request for the grace. */
        IDLE,
        /** One whose connection had become a WebSocket or a tunnel. */
        UPGRADED
    }

    /**
     * The time in which a client may still send a request.
     *
     * @param beginNanos when the drain began
     * @param nanos how long it is
     */
    record Grace(long beginNanos, long nanos) {
        boolean isOver(long now) {
            return now - beginNanos >= nanos;
        }

        boolean isOverSince(long quietSince, long now) {
            return now - quietSince >= nanos && isOver(now);
        }
    }
}
