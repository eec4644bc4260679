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
 */
public record Adoption(long from, int listeners, int connections, boolean crashed, int queued) {
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
        return new Adoption(from, listeners, 0, crashed, queued);
    }

    /**
     * Of open connections.
     *
     * @param from the process that had them
     * @param connections how many they are
     * @return the adoption
     */
    public static Adoption ofConnections(long from, int connections) {
        return new Adoption(from, 0, connections, false, 0);
    }

    /**
     * This adoption as one line of JSON.
     *
     * @return a JSON object
     */
    public String toJson() {
        return "{\"from\":%d,\"listeners\":%d,\"connections\":%d,\"crashed\":%b,\"queued\":%d}"
                .formatted(from, listeners, connections, crashed, queued);
    }
}
