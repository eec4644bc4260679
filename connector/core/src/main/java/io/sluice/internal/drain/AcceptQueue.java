package io.sluice.internal.drain;

import io.sluice.linux.KernelListener;
import java.io.IOException;

/** One listener as a drain sees it: the queue of connections that the kernel completed and nobody accepted yet. */
public interface AcceptQueue {
    /** Ends all other accepting. On return no other thread is between an accept and the hand-over of its connection. */
    void stopAcceptors();

    /**
     * Accepts one connection and keeps it; never blocks. The close does not have to wait for it to be served, which would
     * take the CPU away from the accepts that are still to come.
     *
     * @return false if the queue is empty
     * @throws java.nio.channels.ClosedChannelException if the listener is closed already
     * @throws IOException if this one accept failed: the client has gone, or descriptors are used up
     */
    boolean acceptOne() throws IOException;

    /**
     * Hands over the connections that were accepted and kept, as far as Jetty's limits have room by now.
     *
     * @param mayWait whether there is time to wait for limits that pass by themselves
     * @return how many are still kept
     */
    int handOverKept(boolean mayWait);

    /**
     * Closes the connections that are still kept, because there was no room for them.
     *
     * @return how many were never served, those included that could not be handed over
     */
    int closeUnserved();

    /**
     * Gives the kernel's side of this listener.
     *
     * @return never null
     */
    KernelListener kernel();

    /** Closes the listener at once; the kernel resets what it still holds. Does nothing if it is closed already. */
    void close();
}
