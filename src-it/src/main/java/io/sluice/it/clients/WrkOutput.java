package io.sluice.it.clients;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The summary of wrk. Lines without errors are left out by it. */
final class WrkOutput implements ClientOutput {
    private static final Pattern REQUESTS = Pattern.compile("(?m)^ *(\\d+) requests in ");
    private static final Pattern SOCKET_ERRORS =
            Pattern.compile("Socket errors: connect (\\d+), read (\\d+), write (\\d+), timeout (\\d+)");
    private static final Pattern BAD_STATUS = Pattern.compile("Non-2xx or 3xx responses: (\\d+)");

    @Override
    public Tally tally(RunningProgram.Ended ended) {
        Matcher requests = REQUESTS.matcher(ended.output());
        if (!requests.find()) {
            return Tally.error("wrk: " + ended.lastLine());
        }
        Tally tally = new Tally(Long.parseLong(requests.group(1)), 0, 0, 0);
        Matcher sockets = SOCKET_ERRORS.matcher(ended.output());
        if (sockets.find()) {
            long errors = number(sockets, 1) + number(sockets, 2) + number(sockets, 3);
            tally = tally.plus(new Tally(0, 0, errors, number(sockets, 4))).withWords(sockets.group());
        }
        Matcher status = BAD_STATUS.matcher(ended.output());
        if (status.find()) {
            tally = tally.plus(new Tally(0, number(status, 1), 0, 0)).withWords(status.group());
        }
        return tally;
    }

    private static long number(Matcher matcher, int group) {
        return Long.parseLong(matcher.group(group));
    }
}
