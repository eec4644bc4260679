package io.sluice.it.kernels;

import io.sluice.examples.rolling.WorkerException;
import io.sluice.examples.rolling.WorkerProcess;
import io.sluice.it.OwnClasses;
import io.sluice.it.net.User;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** What runs in the guest, as root: tries socket options and strategies, and prints a line for each. */
@Command(name = "in-guest")
public final class InGuest implements Callable<Integer> {
    private static final Duration OPTIONS_LIMIT = Duration.ofSeconds(60);

    @Option(names = "--worker-jar", required = true)
    private Path workerJar;

    @Option(names = "--users", split = ",", required = true)
    private List<User> users;

    @Option(names = "--strategies", split = ",", required = true)
    private List<String> strategies;

    @Option(names = "--restarts", required = true)
    private int restarts;

    @Option(names = "--clients", required = true)
    private int clients;

    /**
     * Runs all.
     *
     * @param args see the options
     */
    public static void main(String[] args) {
        System.exit(new CommandLine(new InGuest())
                .setCaseInsensitiveEnumValuesAllowed(true)
                .execute(args));
    }

    @Override
    public Integer call() throws Exception {
        print(
                GuestReport.KERNEL,
                System.getProperty("os.version"),
                Files.readString(Path.of("/proc/sys/kernel/version")).trim());
        TrialRun.shareClasses(workerJar);
        for (User user : users) {
            List<String> launcher = user.launcher(workerJar);
            Map<String, String> options = options(launcher);
            options.forEach((option, outcome) -> print(GuestReport.OPTION, user.toString(), option, outcome));
            boolean filter = SocketOptions.OK.equals(options.get(SocketOptions.FILTER));
            for (String strategy : strategies) {
                Trial trial = trial(launcher, user, strategy, filter ? "filter" : "TTL");
                System.out.println(trial.line());
            }
        }
        print(GuestReport.END);
        return CommandLine.ExitCode.OK;
    }

    private static void print(String... fields) {
        System.out.println(String.join("\t", fields));
    }

    private static Map<String, String> options(List<String> launcher) throws IOException, InterruptedException {
        try (WorkerProcess attempts = WorkerProcess.java(
                launcher, List.of("-cp", OwnClasses.path().toString(), SocketOptions.class.getName()))) {
            attempts.awaitExit(OPTIONS_LIMIT);
            return attempts.output().stream()
                    .map(line -> line.split("\t"))
                    .filter(fields -> fields.length == 2)
                    .collect(Collectors.toMap(
                            fields -> fields[0], fields -> fields[1], (one, other) -> other, LinkedHashMap::new));
        }
    }

    private Trial trial(List<String> launcher, User user, String strategy, String gate) throws InterruptedException {
        try (TrialRun run = new TrialRun(launcher, workerJar, strategy, restarts, clients)) {
            Trial trial = run.run(user, gate);
            if (!trial.passes()) {
                run.notes().forEach(note -> print(GuestReport.NOTE, user.toString(), strategy, note));
            }
            return trial;
        } catch (IOException | WorkerException | AssertionError x) {
            return Trial.failed(strategy, user.toString(), x.toString());
        }
    }
}
