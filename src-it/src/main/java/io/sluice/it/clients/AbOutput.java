package io.sluice.it.clients;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The summary of ab, or its last words: without {@code -r} it ends at the first error of a socket. */
final class AbOutput implements ClientOutput {
    private static final Pattern COMPLETE = Pattern.compile("(?m)^Complete requests: +(\\d+)");
    private static final Pattern FAILED = Pattern.compile("(?m)^Failed requests: +(\\d+)(?:\\s+\\(([^)]*)\\))?");
    private static final Pattern LENGTHS = Pattern.compile("Length: (\\d+)");
    private static final Pattern EXCEPTIONS = Pattern.compile("Exceptions: (\\d+)");
    private static final Pattern BAD_STATUS = Pattern.compile("(?m)^Non-2xx responses: +(\\d+)");
    private static final Pattern KEPT_ALIVE = Pattern.compile("(?m)^Keep-Alive requests: +(\\d+)");
    private static final Pattern COMPLETED_BEFORE_ERROR = Pattern.compile("Total of (\\d+) requests completed");
    private static final Pattern ERROR = Pattern.compile("apr_.*");

    @Override
    public Tally tally(RunningProgram.Ended run) {
        long complete = number(COMPLETE, run.output(), -1);
        if (run.exitCode() != 0 || complete < 0) {
            return givenUp(run);
        }
        // After each answer that ends its connection it opens another one; without -k it does not tell.
        long ended = complete - number(KEPT_ALIVE, run.output(), complete);
        Tally tally = new Tally(complete, 0, 0, 0).plus(Tally.openedAgain(ended));
        long status = number(BAD_STATUS, run.output(), 0);
        Matcher failed = FAILED.matcher(run.output());
        if (failed.find()) {
            // A bad status is among the failed too, for its length. A connection that has ended is so twice: as an
            // exception,
            // and for the length of the answer that it did not bring.
            long lengths = Math.max(0, number(LENGTHS, run.output(), 0) - status);
            long twice = Math.min(lengths, number(EXCEPTIONS, run.output(), 0));
            long errors = Math.max(0, Long.parseLong(failed.group(1)) - status - twice);
            tally = tally.plus(new Tally(0, 0, errors, 0));
            if (errors > 0) {
                tally = tally.withWords("Failed requests: " + failed.group(2));
            }
        }
        if (status > 0) {
            tally = tally.plus(new Tally(0, status, 0, 0)).withWords("Non-2xx responses");
        }
        return tally;
    }

    private static Tally givenUp(RunningProgram.Ended ended) {
        Matcher error = ERROR.matcher(ended.output());
        String words = error.find() ? error.group() : "ab: " + ended.lastLine();
        Tally before = new Tally(number(COMPLETED_BEFORE_ERROR, ended.output(), 0), 0, 0, 0);
        return before.plus(words.contains("timeout") ? Tally.timeout(words) : Tally.error(words));
    }

    private static long number(Pattern pattern, String output, long otherwise) {
        Matcher matcher = pattern.matcher(output);
        return matcher.find() ? Long.parseLong(matcher.group(1)) : otherwise;
    }
}
