package io.sluice.it.clients;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A program that was started here, and what it prints. Closing it kills it. */
final class RunningProgram implements AutoCloseable {
    private static final Duration SIGNAL_LIMIT = Duration.ofSeconds(10);
    private static final Duration LISTEN_LIMIT = Duration.ofSeconds(10);
    private static final int CONNECT_MILLIS = 1000;

    private final List<String> command;
    private final Process process;
    private final List<Thread> readers = new ArrayList<>();
    private final ByteArrayOutputStream output = new ByteArrayOutputStream();

    private RunningProgram(List<String> command, Process process) {
        this.command = List.copyOf(command);
        this.process = process;
    }

    /** Starts a program whose output is text, standard error included. */
    static RunningProgram start(List<String> command) throws IOException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        RunningProgram program = new RunningProgram(command, process);
        program.read(process.getInputStream(), program.output);
        return program;
    }

    /**
     * Starts a program that prints data, and text to standard error only.
     *
     * @param data where to write what comes from standard output
     */
    static RunningProgram start(List<String> command, OutputStream data) throws IOException {
        Process process = new ProcessBuilder(command).start();
        RunningProgram program = new RunningProgram(command, process);
        program.read(process.getInputStream(), data);
        program.read(process.getErrorStream(), program.output);
        return program;
    }

    private void read(InputStream from, OutputStream to) {
        Thread reader = new Thread(() -> copy(from, to), "output-of-" + process.pid());
        reader.setDaemon(true);
        readers.add(reader);
        reader.start();
    }

    private void copy(InputStream from, OutputStream to) {
        try (from) {
            from.transferTo(to);
        } catch (IOException x) {
            byte[] message = ("\n(the rest cannot be read: " + x.getMessage() + ")\n").getBytes(StandardCharsets.UTF_8);
            output.writeBytes(message);
        }
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /** The processes that it has started, and that have not ended. */
    List<ProcessHandle> children() {
        return process.children().toList();
    }

    /** The text that it has printed. */
    String output() {
        return output.toString(StandardCharsets.UTF_8);
    }

    /** Tells a program that waits for the end of its input. */
    void closeInput() throws IOException {
        process.getOutputStream().close();
    }

    /** Waits until somebody listens there, or it has ended. */
    void awaitListening(InetSocketAddress address) throws IOException, InterruptedException {
        long end = System.nanoTime() + LISTEN_LIMIT.toNanos();
        while (isAlive() && System.nanoTime() < end) {
            try (Socket socket = new Socket()) {
                socket.connect(address, CONNECT_MILLIS);
                return;
            } catch (IOException x) {
                TimeUnit.MILLISECONDS.sleep(20);
            }
        }
        throw new IOException(describe() + " does not listen: " + output());
    }

    /** What Ctrl-C sends. */
    void interrupt() throws IOException, InterruptedException {
        signal("INT");
    }

    /** Sends a signal, by its name without SIG. Java itself sends SIGTERM and SIGKILL only. */
    void signal(String name) throws IOException, InterruptedException {
        Process kill = new ProcessBuilder("sh", "-c", "kill -s \"$1\" \"$2\"", "sh", name, Long.toString(process.pid()))
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        try {
            if (!kill.waitFor(SIGNAL_LIMIT.toSeconds(), TimeUnit.SECONDS) || kill.exitValue() != 0) {
                throw new IOException("%s could not be sent SIG%s".formatted(describe(), name));
            }
        } finally {
            kill.destroyForcibly();
        }
    }

    /** Waits for its end; one that does not end in time is killed. */
    Ended awaitEnd(Duration limit) throws InterruptedException {
        boolean inTime = process.waitFor(limit.toNanos(), TimeUnit.NANOSECONDS);
        if (!inTime) {
            close();
        }
        for (Thread reader : readers) {
            reader.join(SIGNAL_LIMIT.toMillis());
        }
        return new Ended(inTime, inTime ? process.exitValue() : -1, output());
    }

    /** Its command line. */
    String describe() {
        return String.join(" ", command);
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }

    /**
     * What is left of a program.
     *
     * @param inTime whether it ended by itself
     * @param exitCode -1 if it had to be killed
     * @param output the text that it printed
     */
    record Ended(boolean inTime, int exitCode, String output) {
        Ended(int exitCode, String output) {
            this(true, exitCode, output);
        }

        /** The last line that is not empty, which is where most programs put their error. */
        String lastLine() {
            return output.lines()
                    .map(String::strip)
                    .filter(line -> !line.isEmpty())
                    .reduce((earlier, later) -> later)
                    .orElse("(no output)");
        }
    }
}
