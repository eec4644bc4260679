package io.sluice;

import io.sluice.linux.KernelListener;
import java.io.IOException;

/** One listener as a drain sees it: the queue of connections that the kernel completed and nobody accepted yet. */
interface AcceptQueue {
    /** Ends all other accepting. On return no other thread is between an accept and the hand-over of its connection. */
    void stopAcceptors();

    /**
     * Accepts one connection and keeps it; never blocks. To serve it is not what the close has to wait for, and would take
     * the CPU away from those who are still in the queue.
     *
     * @return false if the queue is empty
     * @throws java.nio.channels.ClosedChannelException if the listener is closed already
     * @throws IOException if this one accept failed: the client has gone, or descriptors are used up
     */
    boolean acceptOne() throws IOException;

    /**
     * Hands over those that were accepted and kept to be served, as far as Jetty's limits have room by now.
     *
     * @param patient whether there is time to wait for limits that pass by themselves
     * @return how many still have to wait
     */
    int handOverKept(boolean patient);

    /**
     * Closes those that were accepted and never handed over, because there was no room.
     *
     * @return how many, and how many could not be handed over
     */
    int closeKept();

    /** What the kernel can do about connections that are on their way to this listener. */
    KernelListener kernel();

    /** Closes the listener at once; the kernel resets what it still holds. Does nothing if it is closed already. */
    void close();
}
