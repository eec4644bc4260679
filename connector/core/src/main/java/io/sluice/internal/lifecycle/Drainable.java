package io.sluice.internal.lifecycle;

import io.sluice.DrainReport;
import java.time.Duration;

/** A connector, as far as a stop of its server or of the JVM is concerned with it. */
public interface Drainable {
    /** Drains, or waits for the drain that is under way. */
    void drain(DrainReport.Reason reason);

    /** Drains all connectors of the server, or waits for the drains that are under way. */
    void drainServer();

    /** Tells whether a drain is over, or there is nothing to drain. */
    boolean isDrained();

    /** Tells whether a drain waits for nothing but requests in flight. */
    boolean hasOnlyRequestsLeft();

    /** Counts the requests whose response is not complete. */
    int requestsInFlight();

    /** Tells whether the calling thread is serving a request of the connector. */
    boolean isCallerServing();

    /** The longest time that a drain may take. */
    Duration longestDrain();

    /** The longest time from the stop of the server, with the waits before the drain, to the end of Jetty's own stop. */
    Duration longestStop();

    /** The number of connections in the accept queue, or -1 if it is unknown. */
    int acceptQueueLength();
}
