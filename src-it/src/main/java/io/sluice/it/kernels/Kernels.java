package io.sluice.it.kernels;

import io.sluice.DrainStrategy;
import io.sluice.it.OwnClasses;
import io.sluice.it.net.Requirement;
import io.sluice.it.net.User;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Restarts workers on other kernels than the one that runs here, each strategy as root and as nobody. */
@Command(
        name = "kernels",
        description =
                "Boots kernels of Debian's archive in QEMU, one after the other, and restarts workers there, with each"
                        + " strategy, as root and as nobody. Ends with exit code 0 if nobody is lost, 1 if somebody is or a guest"
                        + " dies, 2 for a bad option or where the machine lacks something. Needs no root and no KVM.",
        mixinStandardHelpOptions = true,
        version = "sluice 0.1.0",
        sortOptions = false)
public final class Kernels implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Parameters(
            arity = "0..*",
            paramLabel = "PACKAGE",
            description =
                    "Names of packages, or .deb files (the oldest and the newest kernel of each line in the archive).")
    private List<String> packages = new ArrayList<>();

    @Option(
            names = "--users",
            split = ",",
            defaultValue = "root,nobody",
            description = "As whom workers run (root,nobody).")
    private List<User> users;

    @Option(
            names = "--strategies",
            split = ",",
            defaultValue = "auto,steer,gate,two-pass",
            description = "How they drain (auto,steer,gate,two-pass).")
    private List<String> strategies;

    @Option(
            names = "--clients",
            defaultValue = "40",
            description = "Half-open handshakes, and clients in a queue (40).")
    private int clients;

    @Option(names = "--restarts", defaultValue = "2", description = "Workers that are replaced under load (2).")
    private int restarts;

    @Option(names = "--limit-s", defaultValue = "900", description = "How long a guest may take (900).")
    private int limitSeconds;

    @Option(names = "--worker-jar", paramLabel = "JAR", description = "The worker (that of the build).")
    private Path workerJar;

    @Option(names = "--list", description = "Tell the names of the packages, and run none.")
    private boolean list;

    @Option(names = "--markdown", paramLabel = "FILE", description = "Write the tables to this file too.")
    private Path markdown;

    /**
     * Runs the comparison.
     *
     * @param args see {@code --help}
     */
    public static void main(String[] args) {
        Thread killAll = new Thread(() -> ProcessHandle.current().children().forEach(ProcessHandle::destroyForcibly));
        Runtime.getRuntime().addShutdownHook(killAll);
        System.exit(commandLine().execute(args));
    }

    static CommandLine commandLine() {
        return new CommandLine(new Kernels())
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setExecutionExceptionHandler((failure, command, parsed) -> {
                    command.getErr()
                            .println(failure instanceof Requirement.MissingException ? failure.getMessage() : failure);
                    return failure instanceof Requirement.MissingException
                            ? CommandLine.ExitCode.USAGE
                            : CommandLine.ExitCode.SOFTWARE;
                });
    }

    @Override
    public Integer call() throws Exception {
        check("--clients", clients, 1, 1_000);
        check("--restarts", restarts, 1, 1_000);
        check("--limit-s", limitSeconds, 1, 86_400);
        strategies.forEach(this::checkStrategy);
        Path worker = worker();
        List<String> chosen = packages.isEmpty() ? KernelPackage.oldestAndNewest(KernelPackage.inArchive()) : packages;
        if (list) {
            chosen.forEach(System.out::println);
            return CommandLine.ExitCode.OK;
        }
        if (!System.getProperty("os.arch").equals("amd64")) {
            throw Requirement.missing("a JVM for amd64, as the guests are");
        }
        Requirement.program("qemu-system-x86_64", "qemu-system-x86");
        Path directory = Files.createTempDirectory("kernels");
        try {
            List<GuestReport> reports = run(chosen, worker, directory);
            if (markdown != null) {
                Files.writeString(markdown, table(reports));
            }
            return !reports.isEmpty() && reports.stream().allMatch(GuestReport::passes)
                    ? CommandLine.ExitCode.OK
                    : CommandLine.ExitCode.SOFTWARE;
        } finally {
            delete(directory);
        }
    }

    private void check(String option, int value, int least, int most) {
        if (value < least || value > most) {
            throw bad(option, value, least + " to " + most);
        }
    }

    private ParameterException bad(String option, Object value, String allowed) {
        return new ParameterException(spec.commandLine(), "%s is %s; allowed is %s".formatted(option, value, allowed));
    }

    private void checkStrategy(String strategy) {
        try {
            DrainStrategy.of(strategy);
        } catch (IllegalArgumentException x) {
            throw new ParameterException(spec.commandLine(), x.getMessage(), x);
        }
    }

    private Path worker() {
        Path jar = workerJar == null
                ? OwnClasses.path().resolveSibling("../../examples/embedded/target/sluice-worker.jar")
                : workerJar;
        if (!Files.isRegularFile(jar)) {
            throw bad("--worker-jar", jar, "the worker's jar, which mvn -DskipTests package makes");
        }
        return jar;
    }

    private List<GuestReport> run(List<String> chosen, Path worker, Path directory)
            throws IOException, InterruptedException {
        GuestImage image = GuestImage.in(
                directory.resolve("root"),
                worker,
                List.of(
                        "--users=" + users.stream().map(User::toString).collect(Collectors.joining(",")),
                        "--strategies=" + String.join(",", strategies),
                        "--restarts=" + restarts,
                        "--clients=" + clients));
        List<GuestReport> reports = new ArrayList<>();
        System.out.println(Trial.markdownHead());
        for (String name : chosen) {
            Path own = directory.resolve("kernel-" + reports.size());
            KernelPackage kernel = KernelPackage.get(name, own);
            image.addModules(kernel);
            Path archive = image.pack(directory.resolve("initramfs"));
            GuestReport report = Guest.run(kernel, archive, own, Duration.ofSeconds(limitSeconds));
            report.trialRows().forEach(System.out::println);
            if (!report.passes()) {
                System.out.printf("    %s%n", report.complete() ? "somebody was lost" : "the guest came to no end");
                report.trials().stream()
                        .filter(trial -> !trial.error().isEmpty())
                        .forEach(trial -> System.out.println("    " + trial.line()));
                report.notes().forEach(note -> System.out.println("    " + note));
            }
            reports.add(report);
        }
        System.out.println("\n" + optionTable(reports));
        return reports;
    }

    /** Both tables. */
    static String table(List<GuestReport> reports) {
        return Stream.concat(Stream.of(Trial.markdownHead()), reports.stream().flatMap(GuestReport::trialRows))
                .collect(Collectors.joining("\n", "", "\n\n" + optionTable(reports)));
    }

    private static String optionTable(List<GuestReport> reports) {
        List<String> names = reports.stream()
                .map(GuestReport::optionNames)
                .max(Comparator.comparingInt(List::size))
                .orElse(List.of());
        String[] columns = new String[names.size() + 2];
        Arrays.fill(columns, "---");
        return Stream.concat(
                        Stream.of(
                                "| kernel | user | " + String.join(" | ", names) + " |",
                                "|" + String.join("|", columns) + "|"),
                        reports.stream().flatMap(GuestReport::optionRows))
                .collect(Collectors.joining("\n", "", "\n"));
    }

    private static void delete(Path directory) throws IOException {
        try (Stream<Path> all = Files.walk(directory)) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }
}
