package io.sluice.examples.rolling;

import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;

/** Lets both contenders have their turn at bursts, and reports. */
final class BurstComparison {
    private final Scenario scenario;
    private final Path workerJar;
    private final InetSocketAddress address;
    private final PrintWriter out;

    BurstComparison(Scenario scenario, Path workerJar, InetSocketAddress address, PrintWriter out) {
        this.scenario = scenario;
        this.workerJar = workerJar;
        this.address = address;
        this.out = out;
    }

    /** Returns whether Sluice lost nothing. */
    boolean play(OutputFile json) throws IOException, InterruptedException {
        Verdict verdict = compare();
        if (json.isWanted()) {
            json.write(new Figures(scenario, verdict).toJson());
        }
        return verdict.nothingLost();
    }

    private Verdict compare() throws InterruptedException {
        out.printf(
                "Workers: %d at 127.0.0.1:%d, stopping at request %d. Bursts: %d of %d requests for each connector.%n",
                scenario.workers(), address.getPort(), scenario.maxRequests(), scenario.bursts(), scenario.clients());
        out.flush();
        Result stock = new Turn(scenario, Contender.STOCK, workerJar, address, out).play();
        Result sluice = new Turn(scenario, Contender.SLUICE, workerJar, address, out).play();
        Verdict verdict = new Verdict(stock, sluice);
        out.println();
        out.print(new ResultTable(List.of(stock, sluice)).render());
        out.println();
        out.println(verdict.sentence());
        return verdict;
    }
}
