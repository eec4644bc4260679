package io.sluice.it.net;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Who starts and stops the instances of the example's unit, in a network of their own. */
interface ServiceManager extends AutoCloseable {
    /** Where the instances listen. */
    NetworkNamespace network();

    /** Starts an instance, which need not serve yet when this returns. */
    void start(String instance) throws Exception;

    /** The process of an instance; another one after a restart. */
    long pid(String instance) throws Exception;

    /** Puts a file that is no jar in the place of the worker's jar: a release that went wrong. */
    void installBrokenRelease() throws Exception;

    /** Starts a program that finds this manager's {@code systemctl}, and the instances on loopback. */
    Process command(List<String> command) throws Exception;

    /** The example's command, as programs started by {@link #command} see it. */
    String rollingRestart();

    /** What all instances have printed. */
    String log() throws Exception;

    @Override
    void close();

    /**
     * Runs the example's command to its end.
     *
     * @param timeoutSeconds how long it is to wait for each instance
     */
    default Ended rollingRestart(int timeoutSeconds, String... instances) throws Exception {
        List<String> command = new ArrayList<>(List.of("env", "TIMEOUT=" + timeoutSeconds, rollingRestart()));
        command.addAll(List.of(instances));
        return Ended.of(command(command));
    }

    /** What is left of a program, standard error included. */
    record Ended(int exitCode, String output) {
        private static final long LIMIT_SECONDS = 60;

        static Ended of(Process process) throws IOException, InterruptedException {
            // Through its handle, which leaves the pipe open: what it has printed can still be read.
            process.onExit().orTimeout(LIMIT_SECONDS, TimeUnit.SECONDS).whenComplete((ended, late) -> process.toHandle()
                    .destroyForcibly());
            try {
                process.getOutputStream().close();
                String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
                return new Ended(process.waitFor(), output);
            } finally {
                process.destroyForcibly();
            }
        }
    }
}
