package io.sluice.internal.drain;

import java.util.Optional;

/** The other processes that may go on with the listeners of one that stops. */
public interface Peers {
    /** Nobody. */
    Peers NONE = () -> new Outcome(Optional.empty(), false);

    /**
     * Offers all listeners to them.
     *
     * @return what became of them
     */
    Outcome handOver();

    /**
     * Finds whoever goes on with open connections.
     *
     * @param taker who has taken the listeners over, perhaps nobody
     * @return {@link Successor#NONE} if nobody does
     */
    default Successor successor(Taker taker) {
        return Successor.NONE;
    }

    /**
     * What became of listeners that were offered.
     *
     * @param taker who accepts from them now; empty if nobody has said so
     * @param held whether somebody may have them even so, because it was sent them and has not answered
     */
    record Outcome(Optional<Taker> taker, boolean held) {}

    /**
     * Who has taken listeners over.
     *
     * @param name how others find it
     * @param pid its process, 0 if that is not known here
     * @param listeners how many it has taken
     * @param queued how many connections were in their accept queues when they were offered
     */
    record Taker(String name, long pid, int listeners, int queued) {
        /** Nobody. */
        static final Taker NONE = new Taker("", 0, 0, 0);

        @Override
        public String toString() {
            return pid == 0 ? name : "process " + pid;
        }
    }
}
