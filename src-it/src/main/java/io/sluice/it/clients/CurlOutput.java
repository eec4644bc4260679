package io.sluice.it.clients;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One line for each transfer of curl, as {@link #FORMAT} asks for.
 *
 * @param version the version of HTTP that curl must have used
 * @param transfers how many lines there must be
 */
record CurlOutput(String version, int transfers) implements ClientOutput {
    /** For {@code --write-out}. */
    static final String FORMAT =
            "transfer %{http_code} HTTP/%{http_version} connects %{num_connects} exit %{exitcode} %{errormsg}\\n";

    private static final Pattern TRANSFER =
            Pattern.compile("transfer (\\d+) HTTP/(\\S+) connects (\\d+) exit (\\d+) (.*)");
    private static final int TIMED_OUT = 28;

    @Override
    public Tally tally(RunningProgram.Ended ended) {
        List<Matcher> found = ended.output()
                .lines()
                .map(TRANSFER::matcher)
                .filter(Matcher::matches)
                .toList();
        int opened =
                found.stream().mapToInt(line -> Integer.parseInt(line.group(3))).sum();
        Tally sum = found.stream().map(this::transfer).reduce(Tally.openedAgain(Math.max(0, opened - 1)), Tally::plus);
        for (int missing = found.size(); missing < transfers; missing++) {
            sum = sum.plus(Tally.error("curl ended with %d: %s".formatted(ended.exitCode(), ended.lastLine())));
        }
        return sum;
    }

    private Tally transfer(Matcher line) {
        int exitCode = Integer.parseInt(line.group(4));
        String words = "curl: (%d) %s".formatted(exitCode, line.group(5));
        if (exitCode == TIMED_OUT) {
            return Tally.timeout(words);
        }
        if (exitCode != 0) {
            return Tally.error(words);
        }
        if (!line.group(2).equals(version)) {
            return Tally.error("HTTP/%s instead of HTTP/%s".formatted(line.group(2), version));
        }
        return Tally.status(Integer.parseInt(line.group(1)));
    }
}
