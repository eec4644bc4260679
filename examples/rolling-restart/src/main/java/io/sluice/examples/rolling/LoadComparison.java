package io.sluice.examples.rolling;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Lets each strategy have its turn under a load, and reports. */
final class LoadComparison {
    private final LoadScenario scenario;
    private final LoadWorkers workers;
    private final PrintWriter out;

    LoadComparison(LoadScenario scenario, LoadWorkers workers, PrintWriter out) {
        this.scenario = scenario;
        this.workers = workers;
        this.out = out;
    }

    /**
     * Before any load.
     *
     * @throws BadOption if this machine cannot do one of the strategies
     */
    void check() throws IOException, InterruptedException {
        StrategyCheck check = new StrategyCheck(workers);
        for (Strategy strategy : scenario.strategies()) {
            check.check(strategy);
        }
    }

    /** Returns whether Sluice lost nothing. */
    boolean play(OutputFile json, OutputFile report) throws IOException, InterruptedException {
        out.printf(
                Locale.ROOT,
                "Workers: %d at 127.0.0.1:%d. For each strategy %.1f s without restarts, then %d restarts: about %d s"
                        + " in all.%n",
                scenario.workers(),
                workers.address().getPort(),
                scenario.measured().toMillis() / 1000.0,
                scenario.restarts(),
                scenario.strategies().size()
                        * scenario.measured()
                                .multipliedBy(2)
                                .plus(scenario.warmUp())
                                .toSeconds());
        out.flush();
        LoadVerdict verdict = new LoadVerdict(results());
        out.println();
        out.print(new LoadTable(verdict.results()).render());
        out.println();
        out.println(verdict.sentence());
        if (json.isWanted()) {
            json.write(new LoadFigures(scenario, verdict).toJson());
        }
        if (report.isWanted()) {
            report.write(new LoadReport(scenario, verdict).toHtml());
        }
        return verdict.nothingLost();
    }

    private List<StrategyResult> results() throws IOException, InterruptedException {
        List<StrategyResult> results = new ArrayList<>();
        try (View view = Terminal.canRedraw() ? new LiveView(out) : new PlainView(out)) {
            for (Strategy strategy : scenario.strategies()) {
                results.add(new StrategyRun(scenario, strategy, workers, view).play());
            }
        }
        return results;
    }
}
