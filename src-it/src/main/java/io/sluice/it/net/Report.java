package io.sluice.it.net;

import io.sluice.examples.rolling.WorkerProcess;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The report of a drain, as the worker printed it: see {@link io.sluice.DrainReport}. */
public record Report(String json) {
    public static Report of(WorkerProcess worker) {
        return new Report(worker.drained()
                .orElseThrow(() -> new AssertionError("no report in " + String.join("\n", worker.output()))));
    }

    public String strategy() {
        return value("strategy", "\"([^\"]*)\"");
    }

    public int stragglers() {
        return Integer.parseInt(value("stragglers", "(-?\\d+)"));
    }

    public int unanswered() {
        return Integer.parseInt(value("unanswered", "(-?\\d+)"));
    }

    public int lost() {
        return Integer.parseInt(value("lost", "(-?\\d+)"));
    }

    public int atRisk() {
        return Integer.parseInt(value("atRisk", "(-?\\d+)"));
    }

    public int abandoned() {
        return Integer.parseInt(value("abandoned", "(-?\\d+)"));
    }

    public int idleClosed() {
        return Integer.parseInt(value("idleClosed", "(-?\\d+)"));
    }

    public int connectionsHandedOver() {
        return Integer.parseInt(value("connectionsHandedOver", "(-?\\d+)"));
    }

    public double untilFirstPassMillis() {
        return Double.parseDouble(value("untilFirstPassMillis", "([0-9.]+)"));
    }

    public double untilSettledMillis() {
        return Double.parseDouble(value("untilSettledMillis", "([0-9.]+)"));
    }

    public double untilClosedMillis() {
        return Double.parseDouble(value("untilClosedMillis", "([0-9.]+)"));
    }

    private String value(String name, String pattern) {
        Matcher matcher = Pattern.compile("\"" + name + "\":" + pattern).matcher(json);
        if (!matcher.find()) {
            throw new AssertionError(name + " is not in " + json);
        }
        return matcher.group(1);
    }
}
