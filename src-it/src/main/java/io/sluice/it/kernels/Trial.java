package io.sluice.it.kernels;

import io.sluice.examples.rolling.Outcome;
import io.sluice.examples.rolling.Outcomes;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What became of workers with one strategy and of one user.
 *
 * @param strategy as it was asked for
 * @param user root or nobody
 * @param used how a worker beside another has drained
 * @param gate what the gate is made of, if there is one
 * @param restarts how many workers were replaced under load
 * @param load what the clients saw meanwhile
 * @param halfOpen clients whose handshakes were half-open when one of two workers was stopped
 * @param stragglers those of them that came to that worker after its gate
 * @param frozen clients who were in the accept queue of the last worker when that was stopped
 * @param error what kept the trial from its end; empty if nothing did
 */
record Trial(
        String strategy,
        String user,
        String used,
        String gate,
        int restarts,
        Counts load,
        Counts halfOpen,
        int stragglers,
        Counts frozen,
        String error) {
    static final String KEYWORD = "TRIAL";

    /** The one that is for machines without native access, and does not see half-open handshakes. */
    private static final String BLIND = "two-pass";

    private static final List<String> HEAD = List.of(
            "kernel",
            "user",
            "strategy",
            "drains by",
            "gate",
            "restarts",
            "ok",
            "reset",
            "refused",
            "other",
            "slow",
            "half-open",
            "stragglers",
            "frozen queue",
            "verdict");
    static final int FIELDS = 11;

    /**
     * Clients, by what they saw.
     *
     * @param ok answered with 200
     * @param reset the connection was lost
     * @param refused nobody listened
     * @param other no answer in time, or another one
     * @param slow of the answered, those that took 0.9 s or more
     */
    record Counts(int ok, int reset, int refused, int other, int slow) {
        static final Counts NONE = new Counts(0, 0, 0, 0, 0);

        static Counts of(Outcomes outcomes, int slow) {
            int ok = outcomes.count(Outcome.OK);
            int reset = outcomes.count(Outcome.RESET);
            int refused = outcomes.count(Outcome.REFUSED);
            return new Counts(ok, reset, refused, outcomes.total() - ok - reset - refused, slow);
        }

        static Counts parse(String text) {
            int[] counts =
                    Stream.of(text.split(",")).mapToInt(Integer::parseInt).toArray();
            return new Counts(counts[0], counts[1], counts[2], counts[3], counts[4]);
        }

        int lost() {
            return reset + refused + other;
        }

        boolean areAllAnswered() {
            return ok > 0 && lost() == 0;
        }

        String ofTotal() {
            return "%d of %d".formatted(ok, ok + lost());
        }

        @Override
        public String toString() {
            return "%d,%d,%d,%d,%d".formatted(ok, reset, refused, other, slow);
        }
    }

    /** A trial that came to no end. */
    static Trial failed(String strategy, String user, String error) {
        return new Trial(strategy, user, "-", "-", 0, Counts.NONE, Counts.NONE, 0, Counts.NONE, error);
    }

    /** As the guest prints it. */
    String line() {
        return Stream.of(
                        KEYWORD,
                        strategy,
                        user,
                        used,
                        gate,
                        restarts,
                        load,
                        halfOpen,
                        stragglers,
                        frozen,
                        error.replaceAll("\\s+", " "))
                .map(String::valueOf)
                .collect(Collectors.joining("\t"));
    }

    static Trial parse(String line) {
        String[] fields = line.split("\t", FIELDS);
        return new Trial(
                fields[1],
                fields[2],
                fields[3],
                fields[4],
                Integer.parseInt(fields[5]),
                Counts.parse(fields[6]),
                Counts.parse(fields[7]),
                Integer.parseInt(fields[8]),
                Counts.parse(fields[9]),
                fields[10]);
    }

    /** Nobody is lost; with two passes nobody who was in the accept queue. */
    boolean passes() {
        boolean handshakes = load.areAllAnswered() && halfOpen.areAllAnswered();
        return error.isEmpty() && frozen.areAllAnswered() && (handshakes || strategy.equals(BLIND));
    }

    static String markdownHead() {
        return "| " + String.join(" | ", HEAD) + " |\n|---|---|---|---|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|---|";
    }

    String markdown(String kernel) {
        return Stream.of(
                        kernel,
                        user,
                        strategy,
                        used,
                        gate,
                        restarts,
                        load.ok(),
                        load.reset(),
                        load.refused(),
                        load.other(),
                        load.slow(),
                        halfOpen.ofTotal(),
                        stragglers,
                        frozen.ofTotal(),
                        passes() ? "passes" : "FAILS")
                .map(String::valueOf)
                .collect(Collectors.joining(" | ", "| ", " |"));
    }
}
