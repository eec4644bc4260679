package io.sluice.it.net;

import io.sluice.examples.rolling.WorkerProcess;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The report of a drain, as the worker printed it. */
record Report(String json) {
    static Report of(WorkerProcess worker) {
        return new Report(worker.drained()
                .orElseThrow(() -> new AssertionError("no report in " + String.join("\n", worker.output()))));
    }

    String strategy() {
        return value("strategy", "\"([^\"]*)\"");
    }

    int stragglers() {
        return Integer.parseInt(value("stragglers", "(-?\\d+)"));
    }

    int lost() {
        return Integer.parseInt(value("lost", "(-?\\d+)"));
    }

    int atRisk() {
        return Integer.parseInt(value("atRisk", "(-?\\d+)"));
    }

    int idleClosed() {
        return Integer.parseInt(value("idleClosed", "(-?\\d+)"));
    }

    double untilClosedMillis() {
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
