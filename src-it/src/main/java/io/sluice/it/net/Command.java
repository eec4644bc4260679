package io.sluice.it.net;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A short command, run to its end. */
public final class Command {
    private static final Duration LIMIT = Duration.ofSeconds(10);

    private Command() {}

    /**
     * Runs a command that takes no input.
     *
     * @return what it printed
     * @throws IOException if it cannot be started or fails; the message has what it printed
     */
    public static String run(List<String> command) throws IOException, InterruptedException {
        return run(new ProcessBuilder(command));
    }

    /**
     * Runs a command that takes no input, or that of the builder.
     *
     * @return what it printed, unless the builder sends that elsewhere
     * @throws IOException if it cannot be started or fails; the message has what it printed
     */
    public static String run(ProcessBuilder builder) throws IOException, InterruptedException {
        String command = String.join(" ", builder.command());
        Process process = builder.redirectErrorStream(true).start();
        try {
            process.getOutputStream().close();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (!process.waitFor(LIMIT.toNanos(), TimeUnit.NANOSECONDS)) {
                throw new IOException(command + " did not end");
            }
            if (process.exitValue() != 0) {
                throw new IOException("%s ended with %d: %s".formatted(command, process.exitValue(), output.trim()));
            }
            return output;
        } finally {
            process.destroyForcibly();
        }
    }
}
