package io.sluice.it.clients;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The summary of {@link JdkClient}: a line of numbers, then its words. */
final class JdkClientOutput implements ClientOutput {
    private static final Pattern SUMMARY = Pattern.compile("requests=(\\d+) 5xx=(\\d+) errors=(\\d+) timeouts=(\\d+)");
    private static final String WORDS = "words: ";

    static String print(Tally tally) {
        StringBuilder output = new StringBuilder("requests=%d 5xx=%d errors=%d timeouts=%d\n"
                .formatted(tally.requests(), tally.serverErrors(), tally.errors(), tally.timeouts()));
        tally.words().forEach(words -> output.append(WORDS)
                .append(words.replaceAll("\\R", " "))
                .append('\n'));
        return output.toString();
    }

    @Override
    public Tally tally(RunningProgram.Ended ended) {
        Matcher summary = SUMMARY.matcher(ended.output());
        if (ended.exitCode() != 0 || !summary.find()) {
            return Tally.error("the client ended with %d: %s".formatted(ended.exitCode(), ended.lastLine()));
        }
        List<String> words = ended.output()
                .lines()
                .filter(line -> line.startsWith(WORDS))
                .map(line -> line.substring(WORDS.length()))
                .toList();
        return new Tally(number(summary, 1), number(summary, 2), number(summary, 3), number(summary, 4), words);
    }

    private static long number(Matcher matcher, int group) {
        return Long.parseLong(matcher.group(group));
    }
}
