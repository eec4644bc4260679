package io.sluice;

/**
 * Listeners that a connector has taken over from another process on its port, and accepts from since, until the next process
 * that starts takes them.
 *
 * @param from the process that had them; 0 where it is in a container with process ids of its own
 * @param listeners how many they are
 * @param connections how many connections waited in their accept queues
 * @param crashed false if that process stopped, and handed them over; true if it ended without a word: what it had accepted
 *     itself is lost then
 */
public record Adoption(long from, int listeners, int connections, boolean crashed) {
    /**
     * This adoption as one line of JSON.
     *
     * @return a JSON object
     */
    public String toJson() {
        return "{\"from\":%d,\"listeners\":%d,\"connections\":%d,\"crashed\":%b}"
                .formatted(from, listeners, connections, crashed);
    }
}
