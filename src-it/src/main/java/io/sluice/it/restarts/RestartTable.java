package io.sluice.it.restarts;

import io.sluice.DrainReport;
import io.sluice.DrainStrategy;
import io.sluice.examples.rolling.ClosedLoop;
import io.sluice.examples.rolling.Outcome;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Restarts servers again and again under short connections, with each strategy, and counts what clients see. */
@Command(
        name = "restart-table",
        description = "Counts what clients see while servers that share a port are restarted, for each strategy.",
        mixinStandardHelpOptions = true,
        version = "sluice 0.1.0",
        sortOptions = false)
public final class RestartTable implements Callable<Integer> {
    static final String STOCK = "stock";
    private static final Duration REQUEST_LIMIT = Duration.ofSeconds(10);
    private static final Duration RUN_LIMIT = Duration.ofMinutes(15);
    private static final int PROGRESS_EVERY = 100;
    private static final String ROW = "%-8s  %8s  %11s  %6s  %7s  %5s  %5s  %7s  %10s  %7s%n";

    @Spec
    private CommandSpec spec;

    @Option(names = "--restarts", defaultValue = "1000", description = "Restarts for each strategy, at least (1000).")
    private int restarts;

    @Option(
            names = "--connections",
            defaultValue = "200000",
            description = "Connections for each strategy, at least (200000).")
    private int connections;

    @Option(names = "--servers", defaultValue = "4", description = "Servers that share the port (4).")
    private int servers;

    @Option(names = "--clients", defaultValue = "16", description = "Clients, each with one request at a time (16).")
    private int clients;

    @Option(
            names = "--strategies",
            split = ",",
            defaultValue = "stock,two-pass,gate,steer,hand-over",
            description = "What to compare (stock,two-pass,gate,steer,hand-over).")
    private List<String> strategies;

    /**
     * Runs the comparison.
     *
     * @param args see {@code --help}
     */
    public static void main(String[] args) {
        System.exit(new CommandLine(new RestartTable()).execute(args));
    }

    @Override
    public Integer call() throws Exception {
        check("--restarts", restarts, 1, 1_000_000);
        check("--connections", connections, 0, 100_000_000);
        check("--servers", servers, 1, 64);
        check("--clients", clients, 1, 1000);
        strategies.forEach(this::checkStrategy);

        List<Row> rows = new ArrayList<>();
        for (String strategy : strategies) {
            rows.add(run(strategy));
        }
        System.out.printf(
                "%n" + ROW,
                "strategy",
                "restarts",
                "connections",
                "reset",
                "refused",
                "503",
                "other",
                "stalled",
                "longest ms",
                "drain ms");
        rows.forEach(Row::print);
        boolean lossless = rows.stream()
                .filter(row -> row.strategy.equals("steer") || row.strategy.equals("gate"))
                .allMatch(row -> row.load.outcomes().lost() == 0);
        return lossless ? CommandLine.ExitCode.OK : CommandLine.ExitCode.SOFTWARE;
    }

    private void check(String option, int value, int least, int most) {
        if (value < least || value > most) {
            throw new ParameterException(
                    spec.commandLine(), "%s is %d; allowed is %d to %d".formatted(option, value, least, most));
        }
    }

    private void checkStrategy(String strategy) {
        try {
            if (!strategy.equals(STOCK)) {
                DrainStrategy.of(strategy);
            }
        } catch (IllegalArgumentException x) {
            throw new ParameterException(spec.commandLine(), x.getMessage() + ", stock", x);
        }
    }

    private Row run(String strategy) throws Exception {
        long end = System.nanoTime() + RUN_LIMIT.toNanos();
        int done = 0;
        long drainNanos = 0;
        try (RollingServers rolling = new RollingServers(strategy, servers);
                ClosedLoop load = ClosedLoop.start(rolling.address(), clients, REQUEST_LIMIT)) {
            while (done < restarts && System.nanoTime() < end) {
                awaitRequests(load, (long) done * connections / restarts, end);
                DrainReport report = rolling.restartOldest();
                drainNanos += report == null ? 0 : report.untilClosed().toNanos();
                if (++done % PROGRESS_EVERY == 0) {
                    System.out.printf("%s: %d restarts, %d connections%n", strategy, done, load.requests());
                }
            }
            awaitRequests(load, connections, end);
            return new Row(strategy, done, load.stop(), Duration.ofNanos(drainNanos / done));
        }
    }

    /** Spreads the restarts over the connections, so that a fast drain is not compared at a higher rate of restarts. */
    private static void awaitRequests(ClosedLoop load, long requests, long end) throws InterruptedException {
        while (load.requests() < requests && System.nanoTime() < end) {
            TimeUnit.MICROSECONDS.sleep(200);
        }
    }

    /** What one strategy did; drain is the mean time from the stop to the closed listener. */
    private record Row(String strategy, int restarts, ClosedLoop.Result load, Duration drain) {
        void print() {
            System.out.printf(
                    ROW,
                    strategy,
                    restarts,
                    load.outcomes().total(),
                    load.outcomes().count(Outcome.RESET),
                    load.outcomes().count(Outcome.REFUSED),
                    load.outcomes().count(Outcome.UNAVAILABLE),
                    load.outcomes().count(Outcome.OTHER) + load.outcomes().count(Outcome.TIMEOUT),
                    load.stalled(),
                    load.longest().toMillis(),
                    strategy.equals(STOCK) ? "-" : "%.1f".formatted(drain.toNanos() / 1e6));
        }
    }
}
