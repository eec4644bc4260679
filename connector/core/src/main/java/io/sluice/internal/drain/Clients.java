package io.sluice.internal.drain;

import io.sluice.DrainReport;
import java.time.Duration;

/** The connections that a drain waits for: those whose clients are promised a response, and the requests in flight. */
public interface Clients {
    /** No connections: a drain with them waits for nobody. */
    Clients NONE = new Clients() {
        @Override
        public void begin(DrainReport.Reason reason, Duration keepAliveGrace, Successor successor) {}

        @Override
        public void closeIdle() {}

        @Override
        public void allAccepted() {}

        @Override
        public boolean isPending() {
            return false;
        }

        @Override
        public void exemptCallingRequest() {}

        @Override
        public Tally tally() {
            return new Tally(0, 0, 0, 0, 0, 0);
        }
    };

    /**
     * Starts to count. From here on each HTTP/1 response says {@code Connection: close}, unless the successor goes on with
     * its connection.
     *
     * @param reason what set the drain off; WebSocket sessions end only with their server
     * @param keepAliveGrace how long a connection without a request under way may still send its next, or its first
     * @param successor the process that goes on with connections between two requests
     */
    void begin(DrainReport.Reason reason, Duration keepAliveGrace, Successor successor);

    /**
     * Gives the successor what it goes on with, tells each other client, as its protocol has it, to send nothing more, and
     * closes the connections whose grace is over. It is called again and again; only the successor may be waited for.
     */
    void closeIdle();

    /** Tells that the listeners are closed, and that every connection that was accepted from them has been handed over. */
    void allAccepted();

    /**
     * Tells whether somebody may still get a response, other than the exempted requests.
     *
     * @return false once everybody has the promised response and no grace runs any more
     */
    boolean isPending();

    /**
     * Exempts the request that the calling thread is serving, if any, from being waited for, for good: a thread that stops
     * the server from inside a request would otherwise wait for itself.
     */
    void exemptCallingRequest();

    /**
     * Tells what has happened since {@link #begin}.
     *
     * @return the counts
     */
    Tally tally();

    /**
     * Counts since {@link #begin}; see {@link DrainReport}.
     *
     * @param answered connections that had their first response
     * @param unanswered connections that are open without one, and requests in flight
     * @param idleClosed connections closed because no request came within the grace
     * @param upgradedClosed connections of another protocol, taken over after a request, that were closed while silent
     * @param lost connections that were accepted and could not be served
     * @param handedOver connections that the successor goes on with
     */
    record Tally(int answered, int unanswered, int idleClosed, int upgradedClosed, int lost, int handedOver) {}
}
