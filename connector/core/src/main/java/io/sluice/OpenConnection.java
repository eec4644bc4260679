package io.sluice;

import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.ssl.SslConnection;
import org.eclipse.jetty.util.IO;

/** One connection from its accept to its close: what its client may still expect, and when it may be closed. */
final class OpenConnection {
    private static final long CLOSING_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    // Plain fields, because there are as many as there are connections.
    private static final AtomicIntegerFieldUpdater<OpenConnection> IN_FLIGHT =
            AtomicIntegerFieldUpdater.newUpdater(OpenConnection.class, "inFlight");
    private static final AtomicIntegerFieldUpdater<OpenConnection> EXCUSED =
            AtomicIntegerFieldUpdater.newUpdater(OpenConnection.class, "excused");
    private volatile int inFlight;
    private volatile int excused;
    private volatile SelectorLook look; // Set before endPoint.
    private volatile WatchedEndPoint endPoint; // Null until a thread has come to the accepted connection.
    private volatile Connection served; // That which brought the last request.
    private volatile boolean answered;
    private volatile boolean closed;
    private volatile long quietSince = System.nanoTime();

    // Used by the thread that drains.
    private Connection speaking;
    private Farewell farewell = Farewell.NONE;
    private volatile boolean announced;
    private volatile Long closingSince; // Null before.

    void opened(WatchedEndPoint opened, SelectorLook ofSelector) {
        quietSince = System.nanoTime();
        look = ofSelector;
        endPoint = opened;
    }

    /**
     * A request has begun.
     *
     * @return whether it is the first of the connection
     */
    boolean requestBegun(Connection connection) {
        IN_FLIGHT.incrementAndGet(this);
        Connection before = served;
        if (before != connection) {
            served = connection;
        }
        return before == null;
    }

    /**
     * A request has been answered.
     *
     * @param draining whether the time of that matters: until a drain begins, its begin is what counts
     */
    void requestEnded(boolean draining) {
        WatchedEndPoint current = endPoint;
        if (current != null) {
            current.forgetHeard();
        }
        if (!answered) {
            answered = true;
        }
        if (draining) {
            quietSince = System.nanoTime();
        }
        IN_FLIGHT.decrementAndGet(this);
    }

    /** What a client says while it shakes hands for TLS is no request, and its time to send one begins now. */
    void handshakeEnded() {
        WatchedEndPoint current = endPoint;
        if (current != null) {
            current.forgetHeard();
        }
        quietSince = System.nanoTime();
    }

    /** The request that stops the server is not waited for, and its connection is its own affair. */
    void excuse() {
        EXCUSED.incrementAndGet(this);
    }

    void endExcuse() {
        EXCUSED.decrementAndGet(this);
    }

    /** The client's time to send a request begins now. */
    void quietFromNow() {
        quietSince = System.nanoTime();
    }

    int inFlight() {
        return inFlight;
    }

    void closed() {
        closed = true;
    }

    boolean isClosed() {
        return closed;
    }

    /** Whether the client has been told of the end, in the words of its protocol. */
    boolean isAnnounced() {
        return announced;
    }

    /** See {@link WatchedEndPoint#detach}. */
    void detach() throws IOException {
        WatchedEndPoint current = endPoint;
        if (current != null) {
            current.detach();
        }
    }

    /** Closes a detached connection: nobody is left to do it, and a thread would wait in a blocking read for its client. */
    void closeIfDetached() {
        WatchedEndPoint current = endPoint;
        if (current != null && current.isDetached()) {
            IO.close(current.getConnection());
        }
    }

    /**
     * Whether the client has sent something that must be answered, or that nobody has looked at. Requests in flight are
     * counted elsewhere, because they outlive a connection that their client has left.
     */
    boolean isOwedAnswer() {
        Connection innermost = innermost();
        if (innermost == null) {
            return true;
        }
        if (excused > 0 || innermost.getEndPoint().isOutputShutdown()) {
            return false;
        }
        Farewell words = farewellOf(innermost);
        if (endPoint.isUnread() || words.isBusy()) {
            return true;
        }
        return words == Farewell.NONE && !isUpgraded(innermost) && endPoint.isHeard() && !isBeforeTls();
    }

    /** Whether another protocol took over after a request, one that Jetty does not count requests of: WebSocket, a tunnel. */
    boolean isUpgraded() {
        Connection innermost = innermost();
        return innermost != null && isUpgraded(innermost);
    }

    /**
     * Whether it has had time enough since the drain began, or since its last answer, to send another request, and
     * its selector has looked for that afterwards. Asked of connections that a thread has come to.
     */
    boolean isGraceOver(Grace grace) {
        if (isUpgraded()) { // What is said there is no request to us: it must fall silent.
            return grace.isOverSince(
                    System.nanoTime() - TimeUnit.MILLISECONDS.toNanos(endPoint.getIdleFor()), look.lookedAt());
        }
        return grace.isOverSince(quietSince, look.lookedAt());
    }

    /** Whether its client waits in vain if nothing more is done, apart from requests in flight. */
    boolean isUnanswered(Grace grace) {
        boolean waiting = isOwedAnswer() || !answered && !isGraceOver(grace);
        return inFlight == 0 && closingSince == null && excused == 0 && waiting;
    }

    /** Whether the drain should wait for it: until {@link #sayGoodbye} has closed it, or its client has. */
    boolean isPending(Grace grace) {
        if (closingSince == null) {
            return excused == 0;
        }
        if (endPoint.isOpen() && !isLastWordSaid(grace)) {
            return true;
        }
        endPoint.close(); // An HTTP/2 session waits for its client to close.
        return false;
    }

    /**
     * Whether our last words have had time to get out, and the client says nothing more: one that still reads a large
     * response over HTTP/2 goes on giving leave to send, and the reset that a closed socket answers would destroy what
     * is on its way.
     */
    private boolean isLastWordSaid(Grace grace) {
        boolean isListening = farewell != Farewell.NONE && endPoint.nanosSinceRead() < grace.nanos();
        return System.nanoTime() - closingSince >= CLOSING_NANOS && !isListening;
    }

    /**
     * Announces the end as soon as the client has had a request here, because one that is told before sends none; closes
     * when the last answer is given, or nothing is owed and the grace is over.
     *
     * @return whether a client that says nothing, of a protocol that has no words for it, was cut off now
     */
    boolean sayGoodbye(Grace grace) {
        Connection innermost = innermost();
        if (innermost == null || closingSince != null || excused > 0) {
            return false;
        }
        Farewell words = farewellOf(innermost);
        if (words != Farewell.NONE && served != null && !announced) {
            announced = true;
            words.announce();
        }
        boolean over = isSaidAndDone(innermost) || !isOwedAnswer() && isGraceOver(grace);
        if (inFlight > 0 || !over) {
            return false;
        }
        words.conclude();
        if (words.isBusy()) {
            return false; // Begun just before the last word.
        }
        closingSince = System.nanoTime();
        boolean cutOff = words == Farewell.NONE && !innermost.getEndPoint().isOutputShutdown();
        IO.close(endPoint.getConnection());
        return cutOff;
    }

    /**
     * Whether its last answer has ended our side of it, and the client is not in the middle of saying more: the close
     * of a connection with unread bytes is a reset, which may overtake the answer.
     */
    private boolean isSaidAndDone(Connection innermost) {
        return innermost.getEndPoint().isOutputShutdown() && !endPoint.isUnread() && !endPoint.isHeard();
    }

    private Farewell farewellOf(Connection innermost) {
        if (innermost != speaking) {
            speaking = innermost;
            farewell = Farewell.of(innermost);
        }
        return farewell;
    }

    /** The connection inside TLS, null while there is none. */
    private Connection innermost() {
        WatchedEndPoint current = endPoint;
        Connection outer = current == null ? null : current.getConnection();
        return outer instanceof SslConnection tls ? tls.getSslEndPoint().getConnection() : outer;
    }

    private boolean isUpgraded(Connection innermost) {
        Connection last = served;
        return last != null && innermost != last && farewellOf(innermost) == Farewell.NONE;
    }

    /** What was heard before TLS begins is how a proxy introduces its client, and no request. */
    private boolean isBeforeTls() {
        return endPoint.getConnection() instanceof SslConnection tls
                && tls.getBytesIn() == 0
                && tls.getSSLEngine().getHandshakeStatus() == HandshakeStatus.NOT_HANDSHAKING;
    }

    /**
     * The time in which a client may still send a request.
     *
     * @param beginNanos when the drain began
     * @param nanos how long
     */
    record Grace(long beginNanos, long nanos) {
        boolean isOverSince(long quietSince, long lookedAt) {
            return lookedAt - quietSince >= nanos && lookedAt - beginNanos >= nanos;
        }
    }
}
