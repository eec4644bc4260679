package io.sluice.it.clients;

import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The statistics of nghttp, which list the streams that were answered.
 *
 * @param streams how many there must be
 */
record NghttpOutput(int streams) implements ClientOutput {
    /** The columns id, responseEnd, requestStart, process, code. */
    private static final Pattern STREAM = Pattern.compile("(?m)^ *\\d+ +\\S+ +\\*? *\\S+ +\\S+ +(\\d+) ");

    private static final String TIMEOUT = "[ERROR] Timeout";
    private static final Pattern PROBLEM = Pattern.compile("(?m)^(\\[ERROR].*|Some requests were not processed.*)$");

    @Override
    public Tally tally(RunningProgram.Ended ended) {
        List<Tally> found = STREAM.matcher(ended.output())
                .results()
                .map(stream -> Tally.status(Integer.parseInt(stream.group(1))))
                .toList();
        Tally sum = found.stream().reduce(Tally.NONE, Tally::plus);
        for (int missing = found.size(); missing < streams; missing++) {
            String problem = problem(ended);
            sum = sum.plus(
                    problem.endsWith(TIMEOUT)
                            ? Tally.timeout("nghttp: " + problem)
                            : Tally.error("nghttp: " + problem));
        }
        return sum;
    }

    private static String problem(RunningProgram.Ended ended) {
        Matcher problem = PROBLEM.matcher(ended.output());
        return problem.results().map(MatchResult::group).findFirst().orElseGet(ended::lastLine);
    }
}
