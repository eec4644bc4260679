package io.sluice.it.clients;

import java.time.Duration;

/**
 * What one client saw of one connector.
 *
 * @param restarts how often a worker was replaced
 * @param tally what became of the requests
 * @param longestStop of all workers, from SIGTERM to their exit
 */
record Row(Client client, Connector connector, int restarts, Tally tally, Duration longestStop) {
    private static final String FORMAT = "%-13s  %-9s  %8s  %8s  %5s  %6s  %8s  %5s  %15s";

    static String head() {
        return FORMAT.formatted(
                "client", "connector", "restarts", "requests", "5xx", "errors", "timeouts", "lost", "longest stop ms");
    }

    long lost() {
        return client.verdict().lost(tally);
    }

    String line() {
        return FORMAT.formatted(
                client.name(),
                connector,
                restarts,
                tally.requests(),
                tally.serverErrors(),
                tally.errors(),
                tally.timeouts(),
                lost(),
                longestStop.toMillis());
    }

    String toJson() {
        String format = "{\"client\": \"%s\", \"connector\": \"%s\", \"restarts\": %d, \"requests\": %d, \"5xx\": %d,"
                + " \"errors\": %d, \"timeouts\": %d, \"lost\": %d, \"longestStopMillis\": %d}";
        return format.formatted(
                client.name(),
                connector,
                restarts,
                tally.requests(),
                tally.serverErrors(),
                tally.errors(),
                tally.timeouts(),
                lost(),
                longestStop.toMillis());
    }
}
