package io.sluice.it.bench;

import io.sluice.it.net.Report;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How long a {@link Side} took, as a line that a process prints.
 *
 * @param millis from the call of the stop to the closed listener, or of the loop
 * @param report the drain's own, as JSON; empty if there was none
 */
record Ending(Side side, double millis, String report) {
    private static final Pattern LINE = Pattern.compile("(SLUICE|STOCK|LOOP) millis=([0-9.]+) ?(\\{.*})?");

    String line() {
        return String.format(Locale.ROOT, "%s millis=%.4f %s", side.name(), millis, report)
                .trim();
    }

    static boolean isLine(String line) {
        return LINE.matcher(line).matches();
    }

    static Ending parse(String line) {
        Matcher matcher = LINE.matcher(line);
        if (!matcher.matches()) {
            throw new IllegalArgumentException("not the time of a side: " + line);
        }
        String report = matcher.group(3) == null ? "" : matcher.group(3);
        return new Ending(Side.valueOf(matcher.group(1)), Double.parseDouble(matcher.group(2)), report);
    }

    /** From the call of the stop to the start of the drain. */
    double beforeDrainMillis() {
        return millis - new Report(report).untilClosedMillis();
    }

    double firstPassMillis() {
        return new Report(report).untilFirstPassMillis();
    }

    /** Until no handshake was half-open any more. */
    double handshakesMillis() {
        return new Report(report).untilSettledMillis() - firstPassMillis();
    }

    double closeMillis() {
        return new Report(report).untilClosedMillis() - new Report(report).untilSettledMillis();
    }
}
