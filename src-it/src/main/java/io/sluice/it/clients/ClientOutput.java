package io.sluice.it.clients;

/** Knows what a client program prints. */
@FunctionalInterface
interface ClientOutput {
    /** Counts what a program did that ended by itself. */
    Tally tally(RunningProgram.Ended ended);

    /** Counts what a program did, also if it hung and was killed. */
    default Tally tallyOf(RunningProgram.Ended ended) {
        return ended.inTime() ? tally(ended) : Tally.timeout("the program hung: " + ended.lastLine());
    }
}
