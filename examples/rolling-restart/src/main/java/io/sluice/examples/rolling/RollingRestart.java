package io.sluice.examples.rolling;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The command line: reads the options, and plays bursts or a load. */
@Command(
        name = "rolling-restart",
        description = {
            "Without options, or with those for bursts: fires bursts of requests at worker processes that stop in the"
                    + " middle of each burst and are replaced, first with Jetty's stock connector, then with Sluice,"
                    + " and counts what the clients lost.",
            "With options for a load: sends requests at a steady rate to worker processes that are restarted one after"
                    + " another, with each strategy, and measures losses and latencies.",
            "Ends with exit code 0 if Sluice lost nothing, 1 if it did or the run failed, 2 for a bad option."
        },
        mixinStandardHelpOptions = true,
        versionProvider = RollingRestart.Version.class,
        usageHelpAutoWidth = true)
public final class RollingRestart implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    // Numbers are read as text, see NumberOption.

    @Option(names = "--workers", paramLabel = "N", description = "Workers that share the port (2).")
    private String workers = "2";

    @Option(names = "--threads", paramLabel = "N", description = "Request threads of a worker (4).")
    private String threads = "4";

    @Option(names = "--delay-ms", paramLabel = "N", description = "How long a request takes, in milliseconds (50).")
    private String delayMillis = "50";

    @Option(names = "--port", paramLabel = "N", description = "Port of 127.0.0.1 to use, 0 to choose a free one (0).")
    private String port = "0";

    @Option(
            names = "--worker-jar",
            paramLabel = "JAR",
            description = "The worker (the one of examples/embedded in this source tree).")
    private Path workerJar;

    @Option(names = "--json", paramLabel = "FILE", description = "Write the figures to this file too.")
    private Path json;

    @ArgGroup(validate = false, heading = BurstOptions.HEADING)
    private BurstOptions burstOptions = new BurstOptions();

    @ArgGroup(validate = false, heading = LoadOptions.HEADING)
    private LoadOptions loadOptions = new LoadOptions();

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

    @Override
    public Integer call() throws InterruptedException {
        try {
            return play() ? ExitCode.OK : ExitCode.SOFTWARE;
        } catch (BadOption x) {
            throw new ParameterException(spec.commandLine(), x.getMessage(), x);
        } catch (WorkerException | IOException x) {
            spec.commandLine().getErr().println("The run failed: " + x.getMessage());
            return ExitCode.SOFTWARE;
        }
    }

    private boolean play() throws IOException, InterruptedException {
        checkGivenOnce();
        Optional<String> forBursts = given(BurstOptions.HEADING);
        Optional<String> forLoad = given(LoadOptions.HEADING);
        if (forBursts.isPresent() && forLoad.isPresent()) {
            throw new ParameterException(
                    spec.commandLine(),
                    "%s is for bursts and %s is for a load; allowed are options for one of them"
                            .formatted(forBursts.get(), forLoad.get()));
        }
        return forLoad.isPresent() ? playLoad() : playBursts();
    }

    /** As picocli does for all but the options of groups. */
    private void checkGivenOnce() {
        for (OptionSpec option : spec.commandLine().getParseResult().matchedOptions()) {
            if (option.originalStringValues().size() > 1) {
                throw new ParameterException(
                        spec.commandLine(),
                        "option '%s' (%s) should be specified only once"
                                .formatted(option.longestName(), option.paramLabel()));
            }
        }
    }

    /** One of the options below this heading that the user has given. */
    private Optional<String> given(String heading) {
        return spec.commandLine().getParseResult().matchedOptions().stream()
                .filter(option ->
                        option.group() != null && heading.equals(option.group().heading()))
                .map(OptionSpec::longestName)
                .findFirst();
    }

    private boolean playBursts() throws IOException, InterruptedException {
        Scenario scenario = burstOptions.scenario(workers(), threads(), delayMillis());
        OutputFile figures = new OutputFile("--json", json);
        int wantedPort = port();
        Path jar = WorkerJar.find(workerJar);
        try (ReservedPort reserved = reserve(wantedPort)) {
            figures.clear();
            return new BurstComparison(scenario, jar, reserved.address(), out()).play(figures);
        }
    }

    private boolean playLoad() throws IOException, InterruptedException {
        LoadScenario scenario = loadOptions.scenario(workers(), threads(), delayMillis());
        OutputFile figures = new OutputFile("--json", json);
        OutputFile report = loadOptions.report();
        report.checkIsNot(figures);
        int wantedPort = port();
        Path jar = WorkerJar.find(workerJar);
        try (ReservedPort reserved = reserve(wantedPort)) {
            figures.clear();
            report.clear();
            LoadWorkers loadWorkers = new LoadWorkers(scenario, jar, reserved.address());
            LoadComparison comparison = new LoadComparison(scenario, loadWorkers, out());
            comparison.check();
            return comparison.play(figures, report);
        }
    }

    private int workers() {
        return new NumberOption("--workers", 1, 32).parse(workers);
    }

    private int threads() {
        return new NumberOption("--threads", 1, 1000).parse(threads);
    }

    private int delayMillis() {
        return new NumberOption("--delay-ms", 0, 5000).parse(delayMillis);
    }

    private int port() {
        return new NumberOption("--port", 0, 65535).parse(port);
    }

    private static ReservedPort reserve(int wanted) {
        try {
            return wanted == 0 ? ReservedPort.any() : ReservedPort.of(wanted);
        } catch (IOException x) {
            throw new BadOption(
                    "--port", wanted, "a port that is free and that this user may bind (" + x.getMessage() + ")");
        }
    }

    private PrintWriter out() {
        return spec.commandLine().getOut();
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
