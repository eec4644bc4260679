package io.sluice;

import java.util.EventListener;

/**
 * Told when a connector drains, and when it takes something over from another process. Add it with {@link
 * DrainingServerConnector#addEventListener(EventListener)}.
 *
 * <p>All methods are called in a thread of their own. The drain waits for it, so do not block, and do not stop anything:
 * after 1000 ms the drain goes on without it, with a warning. What they throw is logged and otherwise ignored.
 */
public interface DrainListener extends EventListener {
    /**
     * A drain begins; the listener is still open.
     *
     * @param connector the connector that drains
     * @param reason what set the drain off
     */
    default void onDrainStarted(DrainingServerConnector connector, DrainReport.Reason reason) {}

    /**
     * A drain has ended: the listener is closed and everything that was promised is answered, or the time is over.
     *
     * @param connector the connector that drained
     * @param report what the drain did
     */
    default void onDrainFinished(DrainingServerConnector connector, DrainReport report) {}

    /**
     * The connector accepts from listeners of another process, or serves its open connections. Nobody waits for this method.
     *
     * @param connector the connector that has taken them over
     * @param adoption what it has taken over
     */
    default void onAdopted(DrainingServerConnector connector, Adoption adoption) {}
}
