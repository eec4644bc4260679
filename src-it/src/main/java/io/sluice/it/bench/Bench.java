package io.sluice.it.bench;

import io.sluice.it.OwnClasses;
import io.sluice.it.net.Requirement;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Measures the draining connector beside what it is to be as good as, in turn, so that each result is a ratio. */
@Command(
        name = "bench",
        description = "Compares the draining connector with Jetty's own, and its drain with bare accepts."
                + " Both sides of a comparison are measured in turn, and each pair gives a ratio or a difference.",
        mixinStandardHelpOptions = true,
        version = "sluice 0.1.0",
        sortOptions = false)
public final class Bench implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Option(names = "--figures", split = ",", description = "What to measure (all).")
    private List<String> wanted;

    @Option(
            names = "--seconds",
            defaultValue = "3",
            description = "How long each side runs under load at a time (3); four times that with restarts.")
    private double seconds;

    @Option(names = "--pairs", defaultValue = "7", description = "How often the two sides are measured (7).")
    private int pairs;

    @Option(
            names = "--established",
            split = ",",
            defaultValue = "10000,100000",
            description = "Established connections beside a drain; each has both its ends here (10000,100000).")
    private List<Integer> established;

    @Option(names = "--json", paramLabel = "FILE", description = "Write all values to this file too.")
    private Path json;

    @Option(names = "--markdown", paramLabel = "FILE", description = "Write the tables to this file too.")
    private Path markdown;

    /**
     * Measures.
     *
     * @param args see {@code --help}
     */
    public static void main(String[] args) {
        // Ctrl-C reaches what we have started by itself, SIGTERM does not.
        Thread killAll = new Thread(() -> ProcessHandle.current().children().forEach(ProcessHandle::destroyForcibly));
        Runtime.getRuntime().addShutdownHook(killAll);
        System.exit(new CommandLine(new Bench()).execute(args));
    }

    @Override
    public Integer call() throws Exception {
        if (!(seconds >= 0.1 && seconds <= 600)) {
            throw bad("--seconds", seconds, "0.1 to 600");
        }
        if (pairs < 1 || pairs > 1000) {
            throw bad("--pairs", pairs, "1 to 1000");
        }
        if (established.stream().anyMatch(number -> number < 1 || number > 1_000_000)) {
            throw bad("--established", established, "1 to 1000000 each");
        }
        Setting setting = new Setting(OwnClasses.path(), pairs, Duration.ofNanos((long) (seconds * 1e9)));
        Results results = new Results();
        System.out.println(Results.machine());
        System.out.println(Comparison.LEGEND);
        for (Map.Entry<String, Figure> figure : chosen().entrySet()) {
            System.out.printf("%n%s%n%s%n", figure.getKey(), Comparison.head());
            try {
                figure.getValue().measure(setting, found -> {
                    System.out.println(found.line());
                    results.add(found);
                });
            } catch (Requirement.MissingException x) {
                System.out.printf("%s is left out. %s.%n", figure.getKey(), x.getMessage());
            }
        }
        if (json != null) {
            Files.writeString(json, results.toJson());
        }
        if (markdown != null) {
            Files.writeString(markdown, results.toMarkdown());
        }
        return CommandLine.ExitCode.OK;
    }

    private Map<String, Figure> chosen() {
        Map<String, Figure> all = new LinkedHashMap<>();
        all.put(ConnectionsFigure.NAME, new ConnectionsFigure());
        all.put(KeepAliveFigure.NAME, new KeepAliveFigure());
        all.put(DrainFigure.NAME, new DrainFigure());
        all.put(EstablishedFigure.NAME, new EstablishedFigure(established));
        all.put(RestartsFigure.NAME, new RestartsFigure());
        if (wanted != null) {
            List<String> unknown = new ArrayList<>(wanted);
            unknown.removeAll(all.keySet());
            if (!unknown.isEmpty()) {
                throw bad("--figures", unknown, all.keySet().stream().collect(Collectors.joining(", ")));
            }
            all.keySet().retainAll(wanted);
        }
        return all;
    }

    private ParameterException bad(String option, Object value, String allowed) {
        return new ParameterException(spec.commandLine(), "%s is %s; allowed is %s".formatted(option, value, allowed));
    }
}
