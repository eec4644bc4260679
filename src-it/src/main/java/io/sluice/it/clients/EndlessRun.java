package io.sluice.it.clients;

import java.io.IOException;
import java.time.Duration;
import java.util.List;

/** One run of a program that sends requests until it is told to end. */
final class EndlessRun implements Load {
    private static final Duration END_LIMIT = Duration.ofSeconds(30);

    private final RunningProgram program;
    private final Ending ending;
    private final ClientOutput output;

    private EndlessRun(RunningProgram program, Ending ending, ClientOutput output) {
        this.program = program;
        this.ending = ending;
        this.output = output;
    }

    static EndlessRun start(List<String> command, Ending ending, ClientOutput output) throws IOException {
        return new EndlessRun(RunningProgram.start(command), ending, output);
    }

    @Override
    public boolean isRunning() {
        return program.isAlive();
    }

    @Override
    public Tally stop() throws IOException, InterruptedException {
        ending.tell(program);
        RunningProgram.Ended ended = program.awaitEnd(END_LIMIT);
        if (!ended.inTime()) {
            throw new IOException(program.describe() + " did not end: " + ended.output());
        }
        return output.tally(ended);
    }

    @Override
    public void close() {
        program.close();
    }

    /** How a program is told to end. */
    @FunctionalInterface
    interface Ending {
        void tell(RunningProgram program) throws IOException, InterruptedException;
    }
}
