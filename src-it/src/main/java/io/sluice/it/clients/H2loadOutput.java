package io.sluice.it.clients;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The summary of h2load. */
final class H2loadOutput implements ClientOutput {
    private static final Pattern REQUESTS = Pattern.compile(
            "(?m)^requests: (\\d+) total, .* (\\d+) succeeded, (\\d+) failed, (\\d+) errored, (\\d+) timeout");
    private static final Pattern STATUS =
            Pattern.compile("(?m)^status codes: (\\d+) 2xx, (\\d+) 3xx, (\\d+) 4xx, (\\d+) 5xx");

    @Override
    public Tally tally(RunningProgram.Ended ended) {
        Matcher requests = REQUESTS.matcher(ended.output());
        Matcher status = STATUS.matcher(ended.output());
        if (!requests.find() || !status.find()) {
            return Tally.error("h2load: " + ended.lastLine());
        }
        long serverErrors = Long.parseLong(status.group(4));
        long timeouts = Long.parseLong(requests.group(5));
        long failed = Long.parseLong(requests.group(3));
        long errors = Math.max(0, failed - serverErrors - timeouts);
        Tally tally = new Tally(Long.parseLong(requests.group(1)), serverErrors, errors, timeouts);
        return tally.bad() == 0 ? tally : tally.withWords(requests.group());
    }
}
