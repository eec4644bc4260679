package io.sluice;

/** What a drain must wait for: the connections that were accepted and had no answer yet, and the requests in flight. */
interface Answers {
    /** Starts to count. From here on each HTTP/1 answer says {@code Connection: close}. */
    void begin();

    /**
     * Whether somebody still waits for an answer, other than the requests of excused threads.
     *
     * @return false once everything promised is answered
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
     * What has happened since {@link #begin()}.
     *
     * @return the counts
     */
    Tally tally();

    /**
     * Counts since {@link #begin()}; see {@link DrainReport}.
     *
     * @param answered connections that had their first answer
     * @param unanswered connections that are open without one, and requests in flight
     * @param lost connections that were accepted and could not be served
     */
    record Tally(int answered, int unanswered, int lost) {}
}
