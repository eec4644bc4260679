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
    static final String FORMAT = "transfer %{http_code} HTTP/%{http_version} exit %{exitcode} %{errormsg}\\n";

    private static final Pattern TRANSFER = Pattern.compile("transfer (\\d+) HTTP/(\\S+) exit (\\d+) (.*)");
    private static final int TIMED_OUT = 28;

    @Override
    public Tally tally(RunningProgram.Ended ended) {
        List<Tally> found = ended.output()
                .lines()
                .map(TRANSFER::matcher)
                .filter(Matcher::matches)
                .map(this::transfer)
                .toList();
        Tally sum = found.stream().reduce(Tally.NONE, Tally::plus);
        for (int missing = found.size(); missing < transfers; missing++) {
            sum = sum.plus(Tally.error("curl ended with %d: %s".formatted(ended.exitCode(), ended.lastLine())));
        }
        return sum;
    }

    private Tally transfer(Matcher line) {
        int exitCode = Integer.parseInt(line.group(3));
        String words = "curl: (%d) %s".formatted(exitCode, line.group(4));
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
