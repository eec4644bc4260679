package io.sluice.it.net;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A short command, run to its end. */
final class Command {
    private static final long LIMIT_SECONDS = 10;

    private Command() {}

    /**
     * Runs a command that takes no input.
     *
     * @return what it printed
     * @throws IOException if it cannot be started or fails; the message has what it printed
     */
    static String run(List<String> command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        try {
            process.getOutputStream().close();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
                throw new IOException(String.join(" ", command) + " did not end");
            }
            if (process.exitValue() != 0) {
                throw new IOException("%s ended with %d: %s"
                        .formatted(String.join(" ", command), process.exitValue(), output.trim()));
            }
            return output;
        } finally {
            process.destroyForcibly();
        }
    }
}
