package io.sluice.examples.rolling;

import java.util.List;

/**
 * A load at one moment, for the live view.
 *
 * @param strategy what the workers drain with
 * @param phase what happens
 * @param restartsDone how many
 * @param restarts of how many
 * @param finished requests that have an outcome, of all phases
 * @param outcomes of the requests of this phase
 * @param workers the oldest first
 */
record Snapshot(
        Strategy strategy,
        Phase phase,
        int restartsDone,
        int restarts,
        long finished,
        Outcomes outcomes,
        List<WorkerState> workers) {
    Snapshot {
        workers = List.copyOf(workers);
    }
}
