package io.sluice.it.clients;

import java.io.IOException;
import java.time.Duration;
import java.util.List;

/**
 * A command that ends by itself, run again and again.
 *
 * @param command the program and its arguments
 * @param output reads what it prints
 */
record ShortRun(List<String> command, ClientOutput output) implements RepeatedRuns.Run {
    /** Longer than a client waits for an answer and a worker for its stop. */
    static final Duration LIMIT = Duration.ofSeconds(30);

    ShortRun {
        command = List.copyOf(command);
    }

    @Override
    public Tally once() throws IOException, InterruptedException {
        try (RunningProgram program = RunningProgram.start(command)) {
            program.closeInput();
            return output.tallyOf(program.awaitEnd(LIMIT));
        }
    }
}
