package io.sluice.examples.rolling;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * A worker: {@code java -jar} with the java that runs us, watched through what it prints. A worker prints one line
 * {@code READY … port=N …} when it accepts connections and {@code DRAINED {…}} when it has drained.
 *
 * <p>Only the process that was started here is ever signalled. {@link #close} kills it if it still runs.
 */
public final class WorkerProcess implements AutoCloseable {
    private static final Pattern READY = Pattern.compile("READY .*\\bport=(\\d{1,5})\\b.*");
    private static final Pattern DRAINED = Pattern.compile("DRAINED (\\{.*})");
    private static final int KEPT_LINES = 500;
    private static final int TAIL_LINES = 20;
    private static final Duration KILL_LIMIT = Duration.ofSeconds(10);
    private static final Duration REAP_LIMIT = Duration.ofMillis(200);

    private final Process process;
    private final Thread reader;

    // All below is guarded by lines.
    private final Deque<String> lines = new ArrayDeque<>();
    private Integer port;
    private String drained;
    private boolean outputEnded;

    private WorkerProcess(Process process) {
        this.process = process;
        this.reader = new Thread(this::readOutput, "output-of-" + process.pid());
        reader.setDaemon(true);
    }

    /**
     * Starts a worker.
     *
     * @param jar an executable jar
     * @param args its arguments
     * @return the worker, not ready yet
     * @throws IOException if the process cannot be started
     */
    public static WorkerProcess start(Path jar, List<String> args) throws IOException {
        return start(jar, List.of(), args);
    }

    /**
     * Starts a worker.
     *
     * @param jar an executable jar
     * @param jvmArgs arguments for the Java virtual machine
     * @param args arguments for the worker
     * @return the worker, not ready yet
     * @throws IOException if the process cannot be started
     */
    public static WorkerProcess start(Path jar, List<String> jvmArgs, List<String> args) throws IOException {
        return start(List.of(), jar, jvmArgs, args);
    }

    /**
     * Starts a worker through another program, for instance one that drops privileges.
     *
     * @param launcher that program and its arguments; it must become the Java process, not start it
     * @param jar an executable jar
     * @param jvmArgs arguments for the Java virtual machine
     * @param args arguments for the worker
     * @return the worker, not ready yet
     * @throws IOException if the process cannot be started
     */
    public static WorkerProcess start(List<String> launcher, Path jar, List<String> jvmArgs, List<String> args)
            throws IOException {
        List<String> javaArgs = new ArrayList<>(jvmArgs);
        javaArgs.add("-jar");
        javaArgs.add(jar.toString());
        javaArgs.addAll(args);
        return java(launcher, javaArgs);
    }

    /**
     * Starts a Java program that is no worker: nobody waits for its READY line.
     *
     * @param javaArgs what follows {@code java} on its command line
     * @return the process
     * @throws IOException if it cannot be started
     */
    public static WorkerProcess java(List<String> javaArgs) throws IOException {
        return java(List.of(), javaArgs);
    }

    /**
     * Starts a Java program through another program.
     *
     * @param launcher that program and its arguments; it must become the Java process, not start it
     * @param javaArgs what follows {@code java} on its command line
     * @return the process, not ready yet
     * @throws IOException if it cannot be started
     */
    public static WorkerProcess java(List<String> launcher, List<String> javaArgs) throws IOException {
        List<String> command = new ArrayList<>(launcher);
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(javaArgs);
        WorkerProcess worker = new WorkerProcess(
                new ProcessBuilder(command).redirectErrorStream(true).start());
        worker.reader.start();
        return worker;
    }

    private void readOutput() {
        try (BufferedReader output = process.inputReader(StandardCharsets.UTF_8)) {
            for (String line = output.readLine(); line != null; line = output.readLine()) {
                keep(line);
            }
        } catch (IOException | UncheckedIOException x) {
            keep("(the rest of the output cannot be read: " + x.getMessage() + ")");
        } finally {
            synchronized (lines) {
                outputEnded = true;
                lines.notifyAll();
            }
        }
    }

    private void keep(String line) {
        Matcher ready = READY.matcher(line);
        Matcher report = DRAINED.matcher(line);
        synchronized (lines) {
            if (lines.size() == KEPT_LINES) {
                lines.removeFirst();
            }
            lines.addLast(line);
            if (ready.matches()) {
                port = Integer.valueOf(ready.group(1));
            } else if (report.matches()) {
                drained = report.group(1);
            }
            lines.notifyAll();
        }
    }

    /**
     * Waits for the READY line.
     *
     * @param limit how long to wait
     * @throws WorkerException if the limit comes first, or the end of the worker
     * @throws InterruptedException if interrupted
     */
    public void awaitReady(Duration limit) throws InterruptedException {
        synchronized (lines) {
            awaitOutput(() -> port != null || outputEnded, limit);
            if (port != null) {
                return;
            }
            if (!outputEnded) {
                throw failure("did not print READY within " + limit.toSeconds() + " s");
            }
        }
        throw failure("ended with exit code " + awaitExit(limit) + " before it was READY");
    }

    /** Waits on the lines, whose lock the caller holds, until the condition or the limit. */
    private void awaitOutput(BooleanSupplier condition, Duration limit) throws InterruptedException {
        long deadline = System.nanoTime() + limit.toNanos();
        long left = limit.toNanos();
        while (!condition.getAsBoolean() && left > 0) {
            TimeUnit.NANOSECONDS.timedWait(lines, left);
            left = deadline - System.nanoTime();
        }
    }

    /**
     * Waits for the end of the process.
     *
     * @param limit how long to wait
     * @return its exit code; 128 + N if signal N ended it
     * @throws WorkerException if the limit comes first
     * @throws InterruptedException if interrupted
     */
    public int awaitExit(Duration limit) throws InterruptedException {
        if (!process.waitFor(limit.toNanos(), TimeUnit.NANOSECONDS)) {
            throw failure("did not exit within " + limit.toSeconds() + " s");
        }
        // The last lines may still be on their way from the pipe.
        reader.join(KILL_LIMIT.toMillis());
        return process.exitValue();
    }

    /**
     * The exit code of a process that has ended.
     *
     * @return empty if it still runs
     */
    public OptionalInt exitCode() {
        return process.isAlive() ? OptionalInt.empty() : OptionalInt.of(process.exitValue());
    }

    /**
     * The process id.
     *
     * @return the id that the system gave the process
     */
    public long pid() {
        return process.pid();
    }

    /**
     * Where the worker listens, from its READY line.
     *
     * @return the port
     * @throws IllegalStateException before the worker is ready
     */
    public int port() {
        synchronized (lines) {
            if (port == null) {
                throw new IllegalStateException("worker " + pid() + " is not READY yet");
            }
            return port;
        }
    }

    /**
     * The drain report.
     *
     * @return the JSON of the DRAINED line, empty if none has come
     */
    public Optional<String> drained() {
        synchronized (lines) {
            return Optional.ofNullable(drained);
        }
    }

    /**
     * What the worker printed, standard error included.
     *
     * @return the last lines, at most 500
     */
    public List<String> output() {
        synchronized (lines) {
            return List.copyOf(lines);
        }
    }

    /** Asks the worker to stop, with SIGTERM. Does nothing if it has ended. */
    public void terminate() {
        // Not Process.destroy(), which closes the pipe too: what the worker prints while it stops would be lost.
        process.toHandle().destroy();
    }

    /**
     * Sends a signal, for instance {@code STOP}, which freezes the process, or {@code CONT}.
     *
     * @param name the name of the signal without SIG
     * @throws IllegalStateException if the worker has ended
     * @throws WorkerException if the signal could not be sent
     * @throws IOException if the shell that sends it cannot be started
     * @throws InterruptedException if interrupted
     */
    public void signal(String name) throws IOException, InterruptedException {
        if (!process.isAlive()) {
            throw ended();
        }
        // The kill of the shell, because not every system has one as a program.
        Process kill = new ProcessBuilder("sh", "-c", "kill -s \"$1\" \"$2\"", "sh", name, Long.toString(pid()))
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        try {
            if (!kill.waitFor(KILL_LIMIT.toSeconds(), TimeUnit.SECONDS) || kill.exitValue() != 0) {
                // It may have ended while the shell was started: Java hears of that a moment after the kernel.
                if (process.waitFor(REAP_LIMIT.toMillis(), TimeUnit.MILLISECONDS)) {
                    throw ended();
                }
                throw failure("could not be sent the signal " + name);
            }
        } finally {
            kill.destroyForcibly();
        }
    }

    private IllegalStateException ended() {
        return new IllegalStateException("worker " + pid() + " has ended");
    }

    /** Kills the process if it still runs, and waits until it is gone. */
    @Override
    public void close() {
        process.destroyForcibly();
        boolean interrupted = Thread.interrupted();
        try {
            process.waitFor(KILL_LIMIT.toSeconds(), TimeUnit.SECONDS);
        } catch (InterruptedException x) {
            interrupted = true;
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** An error about this worker, with the tail of its output. */
    WorkerException failure(String what) {
        List<String> output = output();
        String tail = output.isEmpty()
                ? " and printed nothing"
                : output.stream()
                        .skip(Math.max(0, output.size() - TAIL_LINES))
                        .collect(Collectors.joining("\n  ", "; its output ends with:\n  ", ""));
        return new WorkerException("worker " + pid() + " " + what + tail);
    }
}
