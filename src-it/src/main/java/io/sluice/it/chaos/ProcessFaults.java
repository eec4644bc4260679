package io.sluice.it.chaos;

import io.sluice.examples.rolling.Outcome;
import io.sluice.examples.rolling.Outcomes;
import io.sluice.examples.rolling.WorkerProcess;
import io.sluice.it.net.AbstractName;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** What happens to a worker's process, and what its application does to itself. */
final class ProcessFaults {
    private static final String AXIS = "process";

    private ProcessFaults() {}

    static List<Cell> cells() {
        return List.of(
                new Cell(AXIS, "SIGKILL at random moments of the drain, 100 times", new Kill(100)).alone(),
                new Cell(AXIS, "SIGKILL at random moments of the drain", new Kill(6)).inBrief(),
                new Cell(AXIS, "SIGSTOP for 2 s in the drain", new Freeze()).inBrief(),
                new Cell(AXIS, "OutOfMemoryError in the application", new BadRequest(false, "/out-of-memory")),
                new Cell(AXIS, "a DrainListener that throws", new BadListener("throws")),
                new Cell(AXIS, "a DrainListener that hangs", new BadListener("hangs")).inBrief(),
                new Cell(AXIS, "a request that hangs", new BadRequest(true, "/hang")).inBrief(),
                new Cell(AXIS, "another user has taken the name of the drain's turn", new TakenTurn()),
                new Cell(AXIS, "two requests that lock each other", new BadRequest(true, "/lock-left", "/lock-right")));
    }

    /** Each phase of a drain is hit: they follow one another within the first 25 ms or so. */
    private static final class Kill implements Fault {
        private static final int LATEST_MICROS = 30_000;

        private final int times;

        private Kill(int times) {
            this.times = times;
        }

        @Override
        public int restarts() {
            return times;
        }

        @Override
        public Loss loss() {
            return Loss.OF_THE_KILLED;
        }

        @Override
        public void draining(Site site, WorkerProcess worker) throws Exception {
            TimeUnit.MICROSECONDS.sleep(site.random().nextInt(LATEST_MICROS));
            worker.close();
        }
    }

    /** A drain may be over before the signal is sent, but not each one of a cell. */
    private static final class Freeze implements Fault {
        private static final int LATEST_MICROS = 10_000;

        private int frozen;

        @Override
        public void prepare(Site site) {
            frozen = 0;
        }

        @Override
        public void draining(Site site, WorkerProcess worker) throws Exception {
            TimeUnit.MICROSECONDS.sleep(site.random().nextInt(LATEST_MICROS));
            try {
                worker.signal("STOP");
                TimeUnit.SECONDS.sleep(2);
                worker.signal("CONT");
                frozen++;
            } catch (IllegalStateException ended) {
                // A process that exits takes the first signal too, but is gone when it is to go on.
            }
        }

        @Override
        public void over(Site site) {
            if (frozen == 0) {
                site.violation("each drain was over before it could be frozen");
            }
        }
    }

    private static final class BadListener implements Fault {
        private final String does;

        private BadListener(String does) {
            this.does = does;
        }

        @Override
        public Launch launch(Site site, Launch usual) {
            return usual.with("--listener", does);
        }
    }

    /** The name of the lock is free to all users of the machine: who holds it makes others gate, and wait for that. */
    private static final class TakenTurn implements Fault {
        private static final String NAME = "sluice-drain-0:0:0:0:0:0:0:0-" + Site.PORT;

        private AbstractName name;

        @Override
        public void serving(Site site) throws Exception {
            name = site.closedWithSite(site.servers().call(() -> AbstractName.take(NAME)));
        }

        @Override
        public void over(Site site) {
            name.close();
        }
    }

    /** Requests that go wrong while their worker stops. */
    private static final class BadRequest implements Fault {
        private final boolean hang;
        private final List<String> paths;

        private BadRequest(boolean hang, String... paths) {
            this.hang = hang;
            this.paths = List.of(paths);
        }

        /** A request that never ends holds the drain for its timeout, and then Jetty's stop for its own. */
        @Override
        public Launch launch(Site site, Launch usual) {
            return usual.with("--drain-timeout-ms", "2000", "--stop-timeout-ms", "2000");
        }

        @Override
        public Loss loss() {
            return hang ? Loss.AS_REPORTED : Loss.NONE;
        }

        @Override
        public void stopping(Site site, WorkerProcess worker) throws Exception {
            for (String path : paths) {
                Talk.with(site, worker).get(path);
                if (hang) {
                    site.count(Outcomes.of(List.of(Outcome.RESET))); // It will have no answer.
                }
            }
        }
    }
}
