package io.sluice.examples.rolling;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** The results of a load as a page that needs nothing else: no script, no font, no other file. */
final class LoadReport {
    private static final String STYLE = "report.css";

    /** Fills that differ in shape as well as in colour. */
    private static final String PATTERNS = """
            <svg width="0" height="0" aria-hidden="true"><defs>
            <pattern id="slanted" width="6" height="6" patternUnits="userSpaceOnUse">
            <rect class="paper" width="6" height="6"/><path d="M-1,1 l2,-2 M0,6 l6,-6 M5,7 l2,-2"/></pattern>
            <pattern id="level" width="6" height="4" patternUnits="userSpaceOnUse">
            <rect class="paper" width="6" height="4"/><path d="M0,2 h6"/></pattern>
            <pattern id="dotted" width="5" height="5" patternUnits="userSpaceOnUse">
            <rect class="paper" width="5" height="5"/><circle cx="2.5" cy="2.5" r="1.6"/></pattern>
            <pattern id="crossed" width="6" height="6" patternUnits="userSpaceOnUse">
            <rect class="paper" width="6" height="6"/><path d="M0,0 l6,6 M6,0 l-6,6"/></pattern>
            </defs></svg>""";

    private final LoadScenario scenario;
    private final LoadVerdict verdict;

    LoadReport(LoadScenario scenario, LoadVerdict verdict) {
        this.scenario = scenario;
        this.verdict = verdict;
    }

    String toHtml() {
        return """
                <!DOCTYPE html>
                <html lang="en">
                <head>
                <meta charset="utf-8">
                <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
                <meta name="viewport" content="width=device-width">
                <title>Rolling restarts under load</title>
                <style>
                %s</style>
                </head>
                <body>
                %s
                <h1>Rolling restarts under load</h1>
                <p class="verdict">%s</p>
                <p>%s</p>
                %s
                %s
                %s
                <p class="small">%s</p>
                </body>
                </html>
                """.formatted(
                        style(),
                        PATTERNS,
                        Html.escape(verdict.sentence()),
                        Html.escape(setting()),
                        table(),
                        legend(),
                        sections(),
                        source());
    }

    private static String style() {
        try (InputStream style = LoadReport.class.getResourceAsStream(STYLE)) {
            return new String(style.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException x) {
            throw new UncheckedIOException("the style sheet of the report cannot be read", x);
        }
    }

    private String setting() {
        String connections = scenario.connections() == Connections.SHORT
                ? "each on a connection of its own"
                : "on connections that are kept";
        return "%d workers share a port, each with %d threads; a request takes %d ms."
                        .formatted(scenario.workers(), scenario.threads(), scenario.delayMillis())
                + " %d requests per second arrive over %s, %s."
                        .formatted(scenario.rate(), scenario.protocol(), connections)
                + " Clients, workers and those that start share %d processors."
                        .formatted(Runtime.getRuntime().availableProcessors())
                + " Latency runs from the moment when a request was due, whether or not it could be sent then;"
                + " overdue are those that were sent %d ms late or more.".formatted(Sample.OVERDUE.toMillis());
    }

    private String table() {
        List<List<String>> rows = new LoadTable(verdict.results()).rows();
        String head = cells(rows.get(0), "th scope=\"col\"", "th");
        String body = rows.stream()
                .skip(1)
                .map(row -> "<tr>" + cells(row, "td", "td") + "</tr>")
                .collect(Collectors.joining("\n"));
        return "<table>\n<thead><tr>%s</tr></thead>\n<tbody>\n%s\n</tbody>\n</table>".formatted(head, body);
    }

    private static String cells(List<String> row, String open, String close) {
        return row.stream()
                .map(cell -> "<%s>%s</%s>".formatted(open, Html.escape(cell), close))
                .collect(Collectors.joining());
    }

    private static String legend() {
        String lost = Arrays.stream(Outcome.values())
                .filter(Outcome::isLost)
                .map(outcome -> entry(OutcomeStyle.of(outcome), outcome.toString()))
                .collect(Collectors.joining("\n"));
        return "<p class=\"legend\">Outcomes: %s\n%s\n%s</p>"
                .formatted(
                        entry("answered answered-line", "ok"),
                        lost,
                        entry("restart", "a worker stops, from SIGTERM (\u25bc) to its end"));
    }

    private static String entry(String style, String label) {
        return ("<span><svg width=\"18\" height=\"14\" aria-hidden=\"true\">"
                        + "<rect class=\"%s\" width=\"18\" height=\"14\"/></svg> %s</span>")
                .formatted(style, Html.escape(label));
    }

    private String sections() {
        TimePlot times = new TimePlot(verdict.results());
        PercentilePlot percentiles = new PercentilePlot(verdict.results());
        return verdict.results().stream()
                .map(result -> """
                        <section>
                        <h2>%s</h2>
                        <p>%s</p>
                        <div class="plots">
                        %s%s</div>
                        </section>""".formatted(
                                Html.escape(result.strategy().toString()),
                                Html.escape(seen(result)),
                                times.draw(result),
                                percentiles.draw(result)))
                .collect(Collectors.joining("\n"));
    }

    /** What there is to see in the plots of a strategy. */
    private static String seen(StrategyResult result) {
        Outcomes outcomes = result.restarting().outcomes();
        return String.format(
                Locale.ROOT,
                "%s %d restarts: %s of %d requests lost. 99.9%% of the answers came within %.0f ms,"
                        + " without restarts within %.0f ms.",
                result.strategy().isSluice() ? "Sluice." : "Jetty's own connector.",
                result.restarts().size(),
                outcomes.lost() == 0 ? "none" : Integer.toString(outcomes.lost()),
                outcomes.total(),
                result.restarting().latencies().p999Millis(),
                result.calm().latencies().p999Millis());
    }

    private String source() {
        return "Made by <code>java -jar sluice-rolling-restart.jar %s</code> with Java %s on %s %s."
                .formatted(
                        Html.escape(String.join(" ", scenario.options())),
                        Html.escape(System.getProperty("java.version")),
                        Html.escape(System.getProperty("os.name")),
                        Html.escape(System.getProperty("os.version")));
    }
}
