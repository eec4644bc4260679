package io.sluice.examples.rolling;

import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetSocketAddress;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The command line: reads the options, lets both contenders have their turn, and reports. */
@Command(
        name = "rolling-restart",
        description =
                "Fires bursts of requests at worker processes that stop in the middle of each burst and are replaced,"
                        + " first with Jetty's stock connector, then with Sluice, and counts what the clients lost."
                        + " Ends with exit code 0 if Sluice lost nothing, 1 if it did or the run failed,"
                        + " 2 for a bad option.",
        mixinStandardHelpOptions = true,
        versionProvider = RollingRestart.Version.class,
        usageHelpAutoWidth = true)
public final class RollingRestart implements Callable<Integer> {
    private static final String BUILD_COMMAND = "mvn -DskipTests package -pl examples/rolling-restart -am";

    @Spec
    private CommandSpec spec;

    private int bursts;
    private int clients;
    private int delayMillis;
    private int threads;
    private int maxRequests;
    private int workers;
    private int port;

    @Option(
            names = "--worker-jar",
            paramLabel = "JAR",
            description = "The worker (the one of examples/embedded in this source tree).")
    private Path workerJar;

    @Option(names = "--json", paramLabel = "FILE", description = "Write the figures to this file too.")
    private Path json;

    /**
     * Runs the comparison.
     *
     * @param args see {@code --help}
     */
    public static void main(String[] args) {
        System.exit(commandLine().execute(args));
    }

    static CommandLine commandLine() {
        return new CommandLine(new RollingRestart()).setParameterExceptionHandler((x, args) -> {
            PrintWriter err = x.getCommandLine().getErr();
            err.println(x.getMessage());
            err.println("See --help.");
            return ExitCode.USAGE;
        });
    }

    // Numbers are read as text, so that every bad one gets the same kind of answer.

    @Option(names = "--bursts", paramLabel = "N", defaultValue = "10", description = "Bursts per connector (10).")
    private void setBursts(String value) {
        bursts = number("--bursts", value, 1, 1000);
    }

    @Option(names = "--clients", paramLabel = "N", defaultValue = "30", description = "Requests per burst (30).")
    private void setClients(String value) {
        clients = number("--clients", value, 1, 1000);
    }

    @Option(
            names = "--delay-ms",
            paramLabel = "N",
            defaultValue = "50",
            description = "How long a request takes, in milliseconds (50).")
    private void setDelayMillis(String value) {
        delayMillis = number("--delay-ms", value, 0, 5000);
    }

    @Option(names = "--threads", paramLabel = "N", defaultValue = "4", description = "Request threads of a worker (4).")
    private void setThreads(String value) {
        threads = number("--threads", value, 1, 1000);
    }

    @Option(
            names = "--max-requests",
            paramLabel = "N",
            defaultValue = "5",
            description = "A worker stops after so many requests (5).")
    private void setMaxRequests(String value) {
        maxRequests = number("--max-requests", value, 1, 1_000_000);
    }

    @Option(names = "--workers", paramLabel = "N", defaultValue = "2", description = "Workers that share the port (2).")
    private void setWorkers(String value) {
        workers = number("--workers", value, 1, 32);
    }

    @Option(
            names = "--port",
            paramLabel = "N",
            defaultValue = "0",
            description = "Port of 127.0.0.1 to use, 0 to choose a free one (0).")
    private void setPort(String value) {
        port = number("--port", value, 0, 65535);
    }

    private int number(String option, String value, int least, int most) {
        try {
            int number = Integer.parseInt(value);
            if (number >= least && number <= most) {
                return number;
            }
        } catch (NumberFormatException x) {
            // Not a number is answered like a number out of range.
        }
        throw bad(option, value, least + " to " + most);
    }

    private ParameterException bad(String option, Object value, String allowed) {
        return new ParameterException(spec.commandLine(), "%s is %s; allowed is %s".formatted(option, value, allowed));
    }

    @Override
    public Integer call() throws InterruptedException {
        Path jar = findWorkerJar();
        try (ReservedPort reserved = reservePort()) {
            clearJson();
            Scenario scenario = new Scenario(bursts, clients, workers, threads, delayMillis, maxRequests);
            Verdict verdict = compare(scenario, jar, reserved.address());
            if (json != null) {
                Files.writeString(json, new Figures(scenario, verdict).toJson());
            }
            return verdict.nothingLost() ? ExitCode.OK : ExitCode.SOFTWARE;
        } catch (WorkerException | IOException x) {
            spec.commandLine().getErr().println("The run failed: " + x.getMessage());
            return ExitCode.SOFTWARE;
        }
    }

    private Verdict compare(Scenario scenario, Path jar, InetSocketAddress address) throws InterruptedException {
        PrintWriter out = spec.commandLine().getOut();
        out.printf(
                "Workers: %d at 127.0.0.1:%d, stopping at request %d. Bursts: %d of %d requests for each connector.%n",
                workers, address.getPort(), maxRequests, bursts, clients);
        out.flush();
        Result stock = new Turn(scenario, Contender.STOCK, jar, address, out).play();
        Result sluice = new Turn(scenario, Contender.SLUICE, jar, address, out).play();
        Verdict verdict = new Verdict(stock, sluice);
        out.println();
        out.print(new ResultTable(List.of(stock, sluice)).render());
        out.println();
        out.println(verdict.sentence());
        return verdict;
    }

    private Path findWorkerJar() {
        Path jar = workerJar == null ? defaultWorkerJar() : workerJar;
        if (!Files.isReadable(jar) || Files.isDirectory(jar)) {
            throw bad(
                    "--worker-jar",
                    jar,
                    "an existing jar; in the directory of the project, this builds the default one: " + BUILD_COMMAND);
        }
        return jar;
    }

    /** The worker's jar lies in the module beside ours, seen from our own jar in target/ as from target/classes. */
    private static Path defaultWorkerJar() {
        try {
            Path own = Path.of(RollingRestart.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI());
            return own.resolveSibling("../../embedded/target/sluice-worker.jar").normalize();
        } catch (URISyntaxException x) {
            throw new IllegalStateException("the place of our own classes is no file", x);
        }
    }

    private ReservedPort reservePort() {
        try {
            return port == 0 ? ReservedPort.any() : ReservedPort.of(port);
        } catch (IOException x) {
            throw bad("--port", port, "a port that is free and that this user may bind (" + x.getMessage() + ")");
        }
    }

    /** Before any load: a bad file is known at once, and no older figures pass for those of this run. */
    private void clearJson() {
        if (json == null) {
            return;
        }
        try {
            Files.writeString(json, "");
        } catch (IOException x) {
            throw bad("--json", json, "a file that can be written (" + x + ")");
        }
    }

    /** The version that the build put into the manifest. */
    static final class Version implements IVersionProvider {
        @Override
        public String[] getVersion() {
            String version = RollingRestart.class.getPackage().getImplementationVersion();
            return new String[] {"sluice " + (version == null ? "(not packaged)" : version)};
        }
    }
}
