package io.sluice.it.chaos;

import io.sluice.examples.rolling.WorkerProcess;
import java.util.List;

/** The ways to stop a worker. */
final class StopFaults {
    private static final String AXIS = "stop";

    private StopFaults() {}

    static List<Cell> cells() {
        return List.of(
                new Cell(AXIS, "SIGTERM", new Fault() {}).inBrief(),
                new Cell(AXIS, "SIGTERM twice", new TermTwice()).inBrief());
    }

    private static final class TermTwice implements Fault {
        @Override
        public void draining(Site site, WorkerProcess worker) {
            worker.terminate();
        }
    }
}
