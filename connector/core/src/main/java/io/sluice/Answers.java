package io.sluice;

import java.time.Duration;

/** What a drain must wait for: the connections that are promised an answer, and the requests in flight. */
interface Answers {
    /**
     * Starts to count. From here on each HTTP/1 answer says {@code Connection: close}.
     *
     * @param reason what set the drain off; WebSocket sessions end only with their server
     * @param keepAliveGrace how long a connection without a request under way may still send its next, or its first
     */
    void begin(DrainReport.Reason reason, Duration keepAliveGrace);

    /**
     * Tells the clients that nothing more is wanted, each in the words of its protocol, and closes the connections
     * whose grace is over. To be called again and again; never blocks.
     */
    void sayGoodbye();

    /**
     * Whether somebody may still get an answer, other than the requests of excused threads.
     *
     * @return false once everything promised is answered and no grace runs any more
     */
    boolean isPending();

    /**
     * Excuses the request that the calling thread is serving, if any: a thread that stops the server from inside a
     * request would otherwise wait for itself.
     *
     * @return ends the excuse; to be run by the same thread
     */
    Runnable excuseCaller();

    /**
     * What has happened since {@link #begin}.
     *
     * @return the counts
     */
    Tally tally();

    /**
     * Counts since {@link #begin}; see {@link DrainReport}.
     *
     * @param answered connections that had their first answer
     * @param unanswered connections that are open without one, and requests in flight
     * @param idleClosed connections closed because no request came within the grace
     * @param lost connections that were accepted and could not be served
     */
    record Tally(int answered, int unanswered, int idleClosed, int lost) {}
}
