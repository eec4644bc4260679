package io.sluice.it.clients;

import io.sluice.it.OwnClasses;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Restarts workers again and again under client programs that others have written, and counts what those see. */
@Command(
        name = "client-table",
        description = "Counts what client programs see while workers that share a port are restarted."
                + " Ends with exit code 0 if nothing was lost with Sluice, 1 if something was or the run failed,"
                + " 2 for a bad option.",
        mixinStandardHelpOptions = true,
        version = "sluice 0.1.0",
        sortOptions = false)
public final class ClientTable implements Callable<Integer> {
    private static final Duration PAUSE = Duration.ofMillis(300);

    @Spec
    private CommandSpec spec;

    @Option(names = "--restarts", defaultValue = "10", description = "Restarts for each client and connector (10).")
    private int restarts;

    @Option(names = "--clients", split = ",", description = "Clients, or families of them like wrk or curl (all).")
    private List<String> wanted;

    @Option(
            names = "--connectors",
            split = ",",
            defaultValue = "stock,sluice",
            description = "What to compare (stock,sluice).")
    private List<Connector> connectors;

    @Option(names = "--workers", defaultValue = "2", description = "Workers that share the port (2).")
    private int workers;

    @Option(names = "--json", paramLabel = "FILE", description = "Write the figures to this file too.")
    private Path json;

    /**
     * Runs the comparison.
     *
     * @param args see {@code --help}
     */
    public static void main(String[] args) {
        // Ctrl-C reaches what we have started by itself, SIGTERM does not.
        Thread killAll = new Thread(() -> ProcessHandle.current().children().forEach(ProcessHandle::destroyForcibly));
        Runtime.getRuntime().addShutdownHook(killAll);
        System.exit(new CommandLine(new ClientTable())
                .setCaseInsensitiveEnumValuesAllowed(true)
                .execute(args));
    }

    @Override
    public Integer call() throws Exception {
        check("--restarts", restarts, 1, 10_000);
        check("--workers", workers, 1, 32);
        List<Client> clients = chosen();
        Path jar = workerJar();
        Path directory = Files.createTempDirectory("client-table");
        List<Row> rows = new ArrayList<>();
        try {
            System.out.println(Row.head());
            for (Client client : clients) {
                rows.addAll(rows(client, jar, directory));
            }
        } finally {
            delete(directory);
        }
        report(rows);
        return !rows.isEmpty() && lost(rows, Connector.SLUICE) == 0
                ? CommandLine.ExitCode.OK
                : CommandLine.ExitCode.SOFTWARE;
    }

    private void check(String option, int value, int least, int most) {
        if (value < least || value > most) {
            throw bad(option, value, least + " to " + most);
        }
    }

    private ParameterException bad(String option, Object value, String allowed) {
        return new ParameterException(spec.commandLine(), "%s is %s; allowed is %s".formatted(option, value, allowed));
    }

    private List<Client> chosen() {
        List<Client> all = Clients.all();
        if (wanted == null) {
            return all;
        }
        for (String word : wanted) {
            if (all.stream().noneMatch(client -> client.answersTo(word))) {
                throw bad("--clients", word, all.stream().map(Client::name).collect(Collectors.joining(", ")));
            }
        }
        return all.stream()
                .filter(client -> wanted.stream().anyMatch(client::answersTo))
                .toList();
    }

    private Path workerJar() {
        Path jar = OwnClasses.path()
                .resolveSibling("../../examples/embedded/target/sluice-worker.jar")
                .normalize();
        if (!Files.isReadable(jar)) {
            throw new ParameterException(
                    spec.commandLine(), jar + " is missing; mvn -DskipTests package builds all that is needed");
        }
        return jar;
    }

    private List<Row> rows(Client client, Path jar, Path directory) throws Exception {
        Optional<String> missing = client.missing();
        if (missing.isPresent()) {
            System.out.printf("%s is skipped. It needs %s.%n", client.name(), missing.get());
            return List.of();
        }
        List<Row> rows = new ArrayList<>();
        for (Connector connector : connectors) {
            Row row = row(client, connector, jar, directory);
            System.out.println(row.line());
            rows.add(row);
        }
        return rows;
    }

    private Row row(Client client, Connector connector, Path jar, Path directory) throws Exception {
        Duration longestStop = Duration.ZERO;
        try (WorkerGroup group = WorkerGroup.start(jar, connector, client.protocol(), workers);
                Load load = client.start().on(new Target(group.address(), client.protocol(), directory));
                OpenedConnections opened = new OpenedConnections(group.address().getPort())) {
            TimeUnit.NANOSECONDS.sleep(PAUSE.toNanos());
            for (int i = 0; i < restarts; i++) {
                group.startAnother();
                if (i == 0 && client.keepsConnections()) {
                    opened.countFromNow();
                }
                Duration stop = group.stopOldest();
                longestStop = stop.compareTo(longestStop) > 0 ? stop : longestStop;
                TimeUnit.NANOSECONDS.sleep(PAUSE.toNanos());
                if (!load.isRunning()) {
                    throw new IllegalStateException("%s ended by itself: %s".formatted(client.name(), load.stop()));
                }
            }
            OptionalInt openedAgain = opened.count();
            Tally tally = load.stop();
            if (tally.requests() == tally.bad()) {
                throw new IllegalStateException("%s had no good answer: %s".formatted(client.name(), tally));
            }
            return new Row(client, connector, restarts, tally, openedAgain, longestStop);
        }
    }

    private void report(List<Row> rows) throws IOException {
        System.out.println();
        rows.stream().filter(row -> row.tally().bad() > 0).forEach(row -> row.tally()
                .words()
                .forEach(words -> System.out.printf("%s, %s: %s%n", row.client().name(), row.connector(), words)));
        rows.stream()
                .map(Row::client)
                .filter(client -> client.verdict() == Client.Verdict.SERVER_ERRORS)
                .distinct()
                .forEach(client -> System.out.printf(
                        "%s never connects again after a GOAWAY; only 5xx counts as lost.%n", client.name()));
        String sum = connectors.stream()
                .map(connector -> "%s %d".formatted(connector, lost(rows, connector)))
                .collect(Collectors.joining(", "));
        System.out.println("Lost: " + sum);
        if (json != null) {
            Files.writeString(
                    json, rows.stream().map(Row::toJson).collect(Collectors.joining(",\n  ", "[\n  ", "\n]\n")));
        }
    }

    private static long lost(List<Row> rows, Connector connector) {
        return rows.stream()
                .filter(row -> row.connector() == connector)
                .mapToLong(Row::lost)
                .sum();
    }

    private static void delete(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
