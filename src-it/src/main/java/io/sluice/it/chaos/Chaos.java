package io.sluice.it.chaos;

import io.sluice.it.net.Requirement;
import io.sluice.it.net.User;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Restarts workers while things go wrong, and counts what clients see: each fault by itself, then several together. */
@Command(
        name = "chaos",
        description =
                "Restarts workers that share a port while things go wrong, and compares what clients lose with what"
                        + " the reports tell. Ends with exit code 0 if every cell passes, 1 if one fails, 2 for a bad option or"
                        + " where the machine lacks something. Needs root, for network namespaces of its own.",
        mixinStandardHelpOptions = true,
        version = "sluice 0.1.0",
        sortOptions = false)
public final class Chaos implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Option(names = "--cells", split = ",", description = "Cells, or whole axes, by their names (all).")
    private List<String> wanted;

    @Option(names = "--brief", description = "Only the short set that every build runs.")
    private boolean brief;

    @Option(
            names = "--connector",
            defaultValue = "draining",
            description = "draining, or stock to see what Jetty's own connector loses (draining).")
    private String connector;

    @Option(
            names = "--strategy",
            defaultValue = "auto",
            description = "How workers drain, unless a cell is about that (auto).")
    private String strategy;

    @Option(
            names = "--user",
            defaultValue = "root",
            description = "root, or nobody to run all servers without any right (root).")
    private User user;

    @Option(
            names = "--other-version",
            paramLabel = "JAR",
            description = "The sluice-chaos.jar of another version of Sluice: then there is one more cell,"
                    + " order/members-of-two-versions, in which every other worker is of that one.")
    private Path otherVersion;

    @Option(names = "--random", defaultValue = "0", description = "Then so many random combinations of faults (0).")
    private int combinations;

    @Option(names = "--seed", description = "What chance decides by; the output tells the one that was used.")
    private Long seed;

    @Option(names = "--list", description = "Tell the names of all cells, and run none.")
    private boolean list;

    @Option(names = "--markdown", paramLabel = "FILE", description = "Write the table to this file too.")
    private Path markdown;

    /**
     * Runs the matrix.
     *
     * @param args see {@code --help}
     */
    public static void main(String[] args) {
        Thread killAll = new Thread(() -> ProcessHandle.current().children().forEach(ProcessHandle::destroyForcibly));
        Runtime.getRuntime().addShutdownHook(killAll);
        System.exit(new CommandLine(new Chaos())
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setExecutionExceptionHandler((failure, command, parsed) -> {
                    command.getErr()
                            .println(failure instanceof Requirement.MissingException ? failure.getMessage() : failure);
                    return failure instanceof Requirement.MissingException
                            ? CommandLine.ExitCode.USAGE
                            : CommandLine.ExitCode.SOFTWARE;
                })
                .execute(args));
    }

    @Override
    public Integer call() throws Exception {
        if (combinations < 0 || combinations > 100_000) {
            throw bad("--random", combinations, "0 to 100000");
        }
        if (!List.of("draining", "stock").contains(connector)) {
            throw bad("--connector", connector, "draining or stock");
        }
        if (otherVersion != null && !Files.isRegularFile(otherVersion)) {
            throw bad("--other-version", otherVersion, "the sluice-chaos.jar of another version");
        }
        List<Cell> chosen = chosen();
        if (list) {
            chosen.forEach(cell -> System.out.println(cell.id()));
            return CommandLine.ExitCode.OK;
        }
        Requirement.root();
        long used = seed == null ? ThreadLocalRandom.current().nextInt(1_000_000) : seed;
        System.out.printf("seed %d%n%s%n", used, CellResult.head());
        List<CellResult> results = new ArrayList<>();
        for (Cell cell : chosen) {
            if (isPossible(cell)) {
                results.add(run(cell, used));
            }
        }
        for (int i = 0; i < combinations; i++) {
            long own = used + i;
            Cell together = Combination.of(Cells.all(), own);
            if (isPossible(together)) {
                results.add(run(together, own));
            }
        }
        long failed = results.stream().filter(result -> !result.passes()).count();
        System.out.printf("%d of %d cells pass%n", results.size() - failed, results.size());
        if (markdown != null) {
            Files.writeString(
                    markdown,
                    Stream.concat(
                                    Stream.of(CellResult.markdownHead()),
                                    results.stream().map(CellResult::markdown))
                            .collect(Collectors.joining("\n", "", "\n")));
        }
        return failed == 0 && !results.isEmpty() ? CommandLine.ExitCode.OK : CommandLine.ExitCode.SOFTWARE;
    }

    private static boolean isPossible(Cell cell) {
        try {
            cell.faults().forEach(Fault::require);
            return true;
        } catch (Requirement.MissingException x) {
            System.out.printf("%-9s  %s: left out. %s%n", cell.axis(), cell.name(), x.getMessage());
            return false;
        }
    }

    private CellResult run(Cell cell, long seed) throws Exception {
        CellResult result = CellRun.run(cell, connector, strategy, user, seed);
        System.out.println(result.line());
        result.violations().forEach(violation -> System.out.println("    " + violation.replace("\n", "\n    ")));
        if (!result.passes()) {
            result.reports().forEach(report -> System.out.println("    " + report));
        }
        return result;
    }

    private List<Cell> chosen() {
        List<Cell> all = new ArrayList<>(Cells.all());
        if (otherVersion != null) {
            all.add(OrderFaults.withAnotherVersion(otherVersion));
        }
        if (wanted != null) {
            for (String word : wanted) {
                if (all.stream().noneMatch(cell -> cell.answersTo(word))) {
                    throw bad(
                            "--cells",
                            word,
                            "one or more of " + all.stream().map(Cell::id).collect(Collectors.joining(", ")));
                }
            }
        }
        return all.stream()
                .filter(cell -> wanted == null || wanted.stream().anyMatch(cell::answersTo))
                .filter(cell -> !brief || cell.brief())
                .toList();
    }

    private ParameterException bad(String option, Object value, String allowed) {
        return new ParameterException(spec.commandLine(), "%s is %s; allowed is %s".formatted(option, value, allowed));
    }
}
