package io.sluice;

/**
 * What a connector has taken over from another process on its port: first its listeners, from which it accepts until the
 * next process that starts takes them; then, where that process stops and does not crash, its open connections, of which it
 * is told once when there are no more.
 *
 * @param from the process that had them; 0 where it is in a container with process ids of its own
 * @param listeners how many listeners they are
 * @param connections how many connections waited in their accept queues
 * @param openConnections how many open connections go on here
 * @param crashed false if that process stopped, and handed them over; true if it ended without a word: what it had accepted
 *     itself is lost then
 */
public record Adoption(long from, int listeners, int connections, int openConnections, boolean crashed) {
    /**
     * Of listeners.
     *
     * @param from the process that had them
     * @param listeners how many they are
     * @param connections how many connections waited in their accept queues
     * @param crashed whether that process ended without a word
     * @return the adoption
     */
    public static Adoption ofListeners(long from, int listeners, int connections, boolean crashed) {
        return new Adoption(from, listeners, connections, 0, crashed);
    }

    /**
     * Of open connections.
     *
     * @param from the process that had them
     * @param openConnections how many they are
     * @return the adoption
     */
    public static Adoption ofConnections(long from, int openConnections) {
        return new Adoption(from, 0, 0, openConnections, false);
    }

    /**
     * This adoption as one line of JSON.
     *
     * @return a JSON object
     */
    public String toJson() {
        return "{\"from\":%d,\"listeners\":%d,\"connections\":%d,\"openConnections\":%d,\"crashed\":%b}"
                .formatted(from, listeners, connections, openConnections, crashed);
    }
}
