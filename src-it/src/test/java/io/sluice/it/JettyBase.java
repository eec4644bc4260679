package io.sluice.it;

import io.sluice.examples.rolling.WorkerProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A jetty base, and the process that the start.jar of a real jetty-home makes of it. */
final class JettyBase implements AutoCloseable {
    /** The ways to stop it from outside. */
    enum Stop {
        SIGTERM,
        STOP_PORT
    }

    /** What Jetty logs when all connectors are open. */
    static final String STARTED = "Started oejs.Server";

    private static final List<String> JVM = List.of("-XX:TieredStopAtLevel=1"); // A short life is mostly compiling.
    private static final String STOP_KEY = "sluice-it";
    private static final Pattern STOP_PORT = Pattern.compile("STOP\\.PORT=(\\d+)");

    private final Path startJar;
    private final Path directory;
    private WorkerProcess process;

    JettyBase(Path home, Path directory) {
        this.startJar = home.resolve("start.jar");
        this.directory = directory;
    }

    /** The jetty-home that the build has unpacked, of Jetty 12.0 or 12.1. */
    static Path home(String version) {
        return Path.of(System.getProperty("sluice.jetty-home-" + version));
    }

    JettyBase copyTo(Path target) throws IOException {
        JettyBase copy = new JettyBase(startJar.getParent(), target);
        copy.add("", directory);
        Files.createDirectories(target.resolve("work")); // What Jetty unpacks goes there, and away with the copy.
        return copy;
    }

    /** Adds a copy of a file, or of a directory with all that is in it. */
    void add(String name, Path original) throws IOException {
        try (var files = Files.walk(original)) {
            for (Path file : files.toList()) {
                Path target = directory
                        .resolve(name)
                        .resolve(original.relativize(file).toString());
                if (Files.isDirectory(file)) {
                    Files.createDirectories(target);
                } else {
                    Files.copy(file, target);
                }
            }
        }
    }

    /** Runs a command of start.jar that ends by itself, and returns its output. */
    String command(String... arguments) throws IOException, InterruptedException {
        try (WorkerProcess command = java(List.of(arguments))) {
            int exitCode = command.awaitExit(Workers.LIMIT);
            String output = Workers.output(command);
            if (exitCode != 0) {
                throw new IllegalStateException("start.jar ended with %d: %s".formatted(exitCode, output));
            }
            return output;
        }
    }

    /** Starts Jetty with these properties. */
    void start(List<String> properties) throws IOException {
        List<String> arguments = new ArrayList<>(List.of("STOP.PORT=0", "STOP.KEY=" + STOP_KEY)); // 0: it finds one.
        arguments.addAll(properties);
        process = java(arguments);
    }

    /** Waits until it serves. */
    void awaitStarted() {
        Workers.awaitOutput(process, STARTED);
    }

    /** Waits for its end, and returns the exit code. */
    int awaitExit() throws InterruptedException {
        return process.awaitExit(Workers.LIMIT);
    }

    private WorkerProcess java(List<String> arguments) throws IOException {
        List<String> all = new ArrayList<>(arguments);
        all.add("jetty.base=" + directory);
        return WorkerProcess.start(startJar, JVM, all);
    }

    /** Stops Jetty, and waits for its end. */
    void stop(Stop how) throws IOException, InterruptedException {
        switch (how) {
            case SIGTERM -> serving().destroy();
            case STOP_PORT -> command("--stop", "STOP.PORT=" + stopPort(), "STOP.KEY=" + STOP_KEY, "STOP.WAIT=30");
        }
        awaitExit();
    }

    /** With --jpms, start.jar makes a process of its own for Jetty, and passes on what it prints but no signals. */
    private ProcessHandle serving() {
        ProcessHandle started = ProcessHandle.of(process.pid()).orElseThrow();
        return started.children().findFirst().orElse(started);
    }

    private String stopPort() {
        Matcher printed = STOP_PORT.matcher(output());
        if (!printed.find()) {
            throw new IllegalStateException("no stop port: " + output());
        }
        return printed.group(1);
    }

    /** The process that serves. */
    long pid() {
        return serving().pid();
    }

    String output() {
        return Workers.output(process);
    }

    /** The lines of the log that drains have left, one for each connector. */
    List<String> drains() {
        return process.output().stream()
                .filter(line -> line.contains(": Drained "))
                .toList();
    }

    @Override
    public void close() {
        if (process != null) {
            ProcessHandle.of(process.pid())
                    .ifPresent(started -> started.children().forEach(ProcessHandle::destroyForcibly));
            process.close();
        }
    }
}
