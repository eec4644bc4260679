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
    /** By then, a client that keeps its connections has all of them. */
    private static final Duration WARM_UP = Duration.ofSeconds(2);

    private static final Duration PAUSE = Duration.ofMillis(300);

    @Spec
    private CommandSpec spec;

    @Option(names = "--restarts", defaultValue = "10", description = "Restarts for each client and connector (10).")
    private int restarts;

    @Option(names = "--clients", split = ",", description = "Clients, or families of them like wrk or curl (all).")
    private List<String> wanted;

    @Option(
            names = "--servers",
            split = ",",
            defaultValue = "stock,sluice",
            description = "What to compare: stock and sluice, and the reloads of nginx and haproxy, for clients that"
                    + " keep their connections over HTTP/1.1 (stock,sluice).")
    private List<Server> servers;

    @Option(
            names = "--connections",
            defaultValue = "16",
            description = "Connections of each of wrk, ab and the proxies (16).")
    private int connections;

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
        Thread killAll =
                new Thread(() -> ProcessHandle.current().descendants().forEach(ProcessHandle::destroyForcibly));
        Runtime.getRuntime().addShutdownHook(killAll);
        System.exit(new CommandLine(new ClientTable())
                .setCaseInsensitiveEnumValuesAllowed(true)
                .execute(args));
    }

    @Override
    public Integer call() throws Exception {
        check("--restarts", restarts, 1, 10_000);
        check("--workers", workers, 1, 32);
        check("--connections", connections, 1, 200);
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
        return !rows.isEmpty() && lost(rows, Server.SLUICE) == 0
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
        for (Server server :
                servers.stream().filter(each -> each.serves(client)).toList()) {
            Row row = row(client, server, jar, directory);
            System.out.println(row.line());
            rows.add(row);
        }
        return rows;
    }

    private Row row(Client client, Server server, Path jar, Path directory) throws Exception {
        Duration longestStop = Duration.ZERO;
        try (ServerGroup group = server.start(jar, client.protocol(), workers, directory);
                Load load = client.start().on(new Target(group.address(), client.protocol(), connections, directory));
                OpenedConnections opened = new OpenedConnections(group.address().getPort())) {
            TimeUnit.NANOSECONDS.sleep(WARM_UP.toNanos());
            if (client.connections() == Client.Connections.UNTIL_THE_END) {
                opened.countFromNow();
            }
            for (int i = 0; i < restarts; i++) {
                Duration stop = group.restart();
                longestStop = stop.compareTo(longestStop) > 0 ? stop : longestStop;
                TimeUnit.NANOSECONDS.sleep(PAUSE.toNanos());
                if (!load.isRunning()) {
                    throw new IllegalStateException("%s ended by itself: %s".formatted(client.name(), load.stop()));
                }
            }
            OptionalInt seen = opened.count();
            Tally tally = load.stop();
            OptionalInt openedAgain = client.connections() == Client.Connections.FOR_ITS_OWN_RUN
                    ? OptionalInt.of(Math.toIntExact(tally.openedAgain()))
                    : seen;
            if (tally.requests() == tally.bad()) {
                throw new IllegalStateException("%s had no good answer: %s".formatted(client.name(), tally));
            }
            return new Row(client, server, restarts, tally, openedAgain, longestStop);
        }
    }

    private void report(List<Row> rows) throws IOException {
        System.out.println();
        rows.stream().filter(row -> row.tally().bad() > 0).forEach(row -> row.tally()
                .words()
                .forEach(words -> System.out.printf("%s, %s: %s%n", row.client().name(), row.server(), words)));
        rows.stream()
                .map(Row::client)
                .filter(client -> client.verdict() == Client.Verdict.SERVER_ERRORS)
                .distinct()
                .forEach(client -> System.out.printf(
                        "%s never connects again after a GOAWAY; only 5xx counts as lost.%n", client.name()));
        String sum = servers.stream()
                .map(server -> "%s %d".formatted(server, lost(rows, server)))
                .collect(Collectors.joining(", "));
        System.out.println("Lost: " + sum);
        if (json != null) {
            Files.writeString(
                    json, rows.stream().map(Row::toJson).collect(Collectors.joining(",\n  ", "[\n  ", "\n]\n")));
        }
    }

    private static long lost(List<Row> rows, Server server) {
        return rows.stream()
                .filter(row -> row.server() == server)
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
