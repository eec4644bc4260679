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
     * What became of listeners that were offered.
     *
     * @param taker who accepts from them now; empty if nobody has said so
     * @param held whether somebody may have them even so, because it was sent them and has not answered
     */
    record Outcome(Optional<String> taker, boolean held) {}
}
