package io.sluice.it.clients;

import java.time.Duration;
import java.util.OptionalInt;

/**
 * What one client saw of one server.
 *
 * @param restarts how often a process was replaced
 * @param tally what became of the requests
 * @param openedAgain how many connections it opened after the restarts had begun; empty for one that opens
 *     new ones anyway
 * @param longestStop of all processes, from the signal to their exit
 */
record Row(Client client, Server server, int restarts, Tally tally, OptionalInt openedAgain, Duration longestStop) {
    private static final String FORMAT = "%-13s  %-9s  %8s  %8s  %5s  %6s  %8s  %5s  %12s  %15s";

    static String head() {
        return FORMAT.formatted(
                "client",
                "server",
                "restarts",
                "requests",
                "5xx",
                "errors",
                "timeouts",
                "lost",
                "opened again",
                "longest stop ms");
    }

    long lost() {
        return client.verdict().lost(tally);
    }

    String line() {
        return FORMAT.formatted(
                client.name(),
                server,
                restarts,
                tally.requests(),
                tally.serverErrors(),
                tally.errors(),
                tally.timeouts(),
                lost(),
                openedAgainOr("-"),
                longestStop.toMillis());
    }

    private String openedAgainOr(String none) {
        return openedAgain.isPresent() ? Integer.toString(openedAgain.getAsInt()) : none;
    }

    String toJson() {
        String format = "{\"client\": \"%s\", \"server\": \"%s\", \"restarts\": %d, \"requests\": %d, \"5xx\": %d,"
                + " \"errors\": %d, \"timeouts\": %d, \"lost\": %d, \"openedAgain\": %s, \"longestStopMillis\": %d}";
        return format.formatted(
                client.name(),
                server,
                restarts,
                tally.requests(),
                tally.serverErrors(),
                tally.errors(),
                tally.timeouts(),
                lost(),
                openedAgainOr("null"),
                longestStop.toMillis());
    }
}
