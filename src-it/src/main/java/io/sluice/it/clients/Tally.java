package io.sluice.it.clients;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * What became of a client's requests, as the client counts them.
 *
 * @param requests those that had an outcome
 * @param serverErrors answers 5xx; of clients that do not tell them apart, all bad answers
 * @param errors requests without an answer, or with a wrong one
 * @param timeouts requests that were given up
 * @param openedAgain connections that it opened because the server had ended one, as far as the client tells
 * @param words the client's own words for the first few errors
 */
record Tally(long requests, long serverErrors, long errors, long timeouts, long openedAgain, List<String> words) {
    static final Tally NONE = new Tally(0, 0, 0, 0);
    private static final int KEPT_WORDS = 4;

    Tally {
        words = List.copyOf(words);
    }

    Tally(long requests, long serverErrors, long errors, long timeouts) {
        this(requests, serverErrors, errors, timeouts, List.of());
    }

    Tally(long requests, long serverErrors, long errors, long timeouts, List<String> words) {
        this(requests, serverErrors, errors, timeouts, 0, words);
    }

    /** No request, but connections. */
    static Tally openedAgain(long connections) {
        return new Tally(0, 0, 0, 0, connections, List.of());
    }

    /** One request that was answered as it should be. */
    static Tally ok() {
        return new Tally(1, 0, 0, 0);
    }

    /** One request that failed. */
    static Tally error(String words) {
        return new Tally(1, 0, 1, 0, List.of(words));
    }

    /** One request that was given up. */
    static Tally timeout(String words) {
        return new Tally(1, 0, 0, 1, List.of(words));
    }

    /** One answer of this status, of which only 200 is good. */
    static Tally status(int status) {
        if (status == 200) {
            return ok();
        }
        String words = "status " + status;
        return status >= 500 && status < 600 ? new Tally(1, 1, 0, 0, List.of(words)) : error(words);
    }

    Tally plus(Tally other) {
        Set<String> all = new LinkedHashSet<>(words);
        all.addAll(other.words);
        List<String> few = new ArrayList<>(all).subList(0, Math.min(KEPT_WORDS, all.size()));
        return new Tally(
                requests + other.requests,
                serverErrors + other.serverErrors,
                errors + other.errors,
                timeouts + other.timeouts,
                openedAgain + other.openedAgain,
                few);
    }

    Tally withWords(String text) {
        return plus(new Tally(0, 0, 0, 0, List.of(text)));
    }

    long bad() {
        return serverErrors + errors + timeouts;
    }
}
