package io.sluice;

/**
 * What a connector has taken over from another process on its port: first its listeners, from which it accepts until the
 * next process that starts takes them; then, where that process stops and does not crash, its open connections, of which it
 * is told once when there are no more.
 *
 * @param from the process that had them; 0 where it is in a container with process ids of its own
 * @param listeners how many listeners they are
 * @param connections how many open connections go on here
 * @param crashed false if that process stopped, and handed them over; true if it ended without a word: what it had accepted
 *     itself is lost then
 * @param queued how many connections waited in the accept queues of the listeners
 * @param lost how many open connections were handed over and cannot be served here after all, which closes them
 */
public record Adoption(long from, int listeners, int connections, boolean crashed, int queued, int lost) {
    /**
     * Of listeners.
     *
     * @param from the process that had them
     * @param listeners how many they are
     * @param queued how many connections waited in their accept queues
     * @param crashed whether that process ended without a word
     * @return the adoption
     */
    public static Adoption ofListeners(long from, int listeners, int queued, boolean crashed) {
        return new Adoption(from, listeners, 0, crashed, queued, 0);
    }

    /**
     * Of open connections.
     *
     * @param from the process that had them
     * @param connections how many go on here
     * @param lost how many do not, though that process was told that they would
     * @return the adoption
     */
    public static Adoption ofConnections(long from, int connections, int lost) {
        return new Adoption(from, 0, connections, false, 0, lost);
    }

    /**
     * This adoption as one line of JSON.
     *
     * @return a JSON object
     */
    public String toJson() {
        return "{\"from\":%d,\"listeners\":%d,\"connections\":%d,\"crashed\":%b,\"queued\":%d,\"lost\":%d}"
                .formatted(from, listeners, connections, crashed, queued, lost);
    }
}
