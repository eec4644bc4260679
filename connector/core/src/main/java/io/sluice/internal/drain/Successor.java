package io.sluice.internal.drain;

import io.sluice.linux.Descriptor;
import java.util.List;

/** The process that has taken the listeners over, as far as it goes on with open connections too. Used by one thread. */
public interface Successor extends AutoCloseable {
    /** One that goes on with none. */
    Successor NONE = connections -> 0;

    /** How many connections can be given at once. */
    int MOST = 253; // SCM_MAX_FD

    /**
     * Gives it connections, from which nothing is read here any more. Waits for its answer, for a second at most.
     *
     * @param connections their descriptors, at most {@link #MOST}
     * @return how many it serves from now on, from the first on; the others are still ours, and it will take no more
     */
    int take(List<Descriptor> connections);

    /** Tells it that there are no more. */
    @Override
    default void close() {}
}
