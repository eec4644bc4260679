package io.sluice.examples.rolling;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import picocli.CommandLine.Option;

/** Options of a load only. Numbers and words are read as text, see {@link NumberOption} and {@link WordOption}. */
final class LoadOptions {
    static final String HEADING = "%nA load, at workers that are restarted under it; any of these asks for it:%n";

    @Option(names = "--restarts", paramLabel = "N", description = "Restarts per strategy (10).")
    private String restarts = "10";

    @Option(
            names = "--every-ms",
            paramLabel = "N",
            description = "A restart begins so many milliseconds after the one before, or when that is over (1200).")
    private String everyMillis = "1200";

    @Option(names = "--rate", paramLabel = "N", description = "Requests per second, however long each takes (130).")
    private String rate = "130";

    @Option(
            names = "--outstanding",
            paramLabel = "N",
            description = "Requests that may be under way at once; those beyond are sent late, and counted as overdue,"
                    + " but their time runs from when they were due (200).")
    private String outstanding = "200";

    @Option(
            names = "--warm-up-ms",
            paramLabel = "N",
            description = "How long the load runs before it is measured, in milliseconds (3000).")
    private String warmUpMillis = "3000";

    @Option(
            names = "--strategies",
            paramLabel = "LIST",
            description = "What to compare, of stock, two-pass, gate, steer, hand-over and auto"
                    + " (stock,two-pass,gate,steer,hand-over).")
    private String strategies = "stock,two-pass,gate,steer,hand-over";

    @Option(
            names = "--protocol",
            paramLabel = "WORD",
            description = "http, https, h2c or h2 (http). The last two need JDK " + Http2Client.LEAST_JDK
                    + " or later: the HTTP client of an older one fails all its requests when a server says goodbye.")
    private String protocol = "http";

    @Option(
            names = "--connections",
            paramLabel = "WORD",
            description = "short, with one request each, or keep-alive (short; with h2c and h2 always keep-alive).")
    private String connections;

    @Option(names = "--report", paramLabel = "FILE", description = "Write a page with plots, as HTML.")
    private Path report;

    OutputFile report() {
        return new OutputFile("--report", report);
    }

    LoadScenario scenario(int workers, int threads, int delayMillis) {
        Protocol spoken = protocol();
        return new LoadScenario(
                workers,
                threads,
                delayMillis,
                rate(workers, threads, delayMillis),
                new NumberOption("--outstanding", 1, 5000).parse(outstanding),
                new NumberOption("--restarts", 1, 1000).parse(restarts),
                new NumberOption("--every-ms", 100, 60_000).parse(everyMillis),
                new NumberOption("--warm-up-ms", 0, 60_000).parse(warmUpMillis),
                spoken,
                connections(spoken),
                new WordOption<>("--strategies", List.of(Strategy.values())).parseList(strategies));
    }

    /** A rate that the workers cannot serve would only measure how fast a queue grows. */
    private int rate(int workers, int threads, int delayMillis) {
        int most = 10_000;
        int wanted = new NumberOption("--rate", 1, most).parse(rate);
        if (delayMillis > 0) {
            long served = 1000L * workers * threads / delayMillis;
            if (wanted >= served) {
                throw new BadOption(
                        "--rate",
                        wanted,
                        "less than %d, which is what --workers=%d with --threads=%d and --delay-ms=%d can serve"
                                .formatted(served, workers, threads, delayMillis));
            }
        }
        return wanted;
    }

    private Protocol protocol() {
        Protocol spoken = new WordOption<>("--protocol", List.of(Protocol.values())).parse(protocol);
        int jdk = Runtime.version().feature();
        if (spoken.isHttp2() && jdk < Http2Client.LEAST_JDK) {
            throw new BadOption(
                    "--protocol",
                    spoken,
                    "http or https on JDK %d; the HTTP client that h2c and h2 need comes with JDK %d"
                            .formatted(jdk, Http2Client.LEAST_JDK));
        }
        return spoken;
    }

    private Connections connections(Protocol spoken) {
        if (connections == null) {
            return spoken.isHttp2() ? Connections.KEEP_ALIVE : Connections.SHORT;
        }
        List<Connections> allowed =
                spoken.isHttp2() ? List.of(Connections.KEEP_ALIVE) : Arrays.asList(Connections.values());
        return new WordOption<>("--connections", allowed).parse(connections);
    }
}
