package io.sluice.it.clients;

import java.util.Optional;

/** What a client needs from the machine. */
@FunctionalInterface
interface Need {
    /** What is missing, as the end of the sentence "It needs …"; empty if nothing is. */
    Optional<String> missing();
}
