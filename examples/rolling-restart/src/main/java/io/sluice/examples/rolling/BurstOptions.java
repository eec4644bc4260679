package io.sluice.examples.rolling;

import picocli.CommandLine.Option;

/** Options of bursts only. Numbers are read as text, see {@link NumberOption}. */
final class BurstOptions {
    static final String HEADING = "%nBursts, at workers that stop by themselves:%n";

    @Option(names = "--bursts", paramLabel = "N", description = "Bursts per connector (10).")
    private String bursts = "10";

    @Option(names = "--clients", paramLabel = "N", description = "Requests per burst (30).")
    private String clients = "30";

    @Option(names = "--max-requests", paramLabel = "N", description = "A worker stops after so many requests (5).")
    private String maxRequests = "5";

    Scenario scenario(int workers, int threads, int delayMillis) {
        return new Scenario(
                new NumberOption("--bursts", 1, 1000).parse(bursts),
                new NumberOption("--clients", 1, 1000).parse(clients),
                workers,
                threads,
                delayMillis,
                new NumberOption("--max-requests", 1, 1_000_000).parse(maxRequests));
    }
}
