package io.sluice.it.chaos;

import io.sluice.examples.rolling.WorkerProcess;
import io.sluice.it.OwnClasses;
import io.sluice.it.net.Requirement;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A process at its limit of descriptors: what is open goes on, and whoever waits in the accept queue stays there. The
 * limit is on a descriptor's number (RLIMIT_NOFILE in getrlimit(2)), so that with a limit of 1 none is ever free.
 */
final class DescriptorFaults {
    private static final int NONE = 1;
    private static final int ENOUGH = 4096;

    private DescriptorFaults() {}

    private static void limit(Site site, WorkerProcess worker, int descriptors) throws Exception {
        Requirement.program("prlimit", "util-linux");
        // As the worker's own user: for another's, even root needs CAP_SYS_RESOURCE, which containers do not give.
        List<String> command = new ArrayList<>(site.user().launcher(OwnClasses.path()));
        // The soft limit alone, which may be raised again.
        command.addAll(List.of("prlimit", "--pid", Long.toString(worker.pid()), "--nofile=" + descriptors + ":"));
        site.servers().run(command.toArray(String[]::new));
    }

    /** None are free for a while. A worker that does not stop keeps its clients waiting too, and loses none. */
    static final class UsedUp implements Fault {
        private static final Duration BEFORE = Duration.ofMillis(300);
        private static final Duration IN_DRAIN = Duration.ofMillis(800);

        private final boolean before;

        /**
         * None when the drain begins.
         *
         * @param before and none for a while before
         */
        UsedUp(boolean before) {
            this.before = before;
        }

        @Override
        public void stopping(Site site, WorkerProcess worker) throws Exception {
            if (before) {
                limit(site, worker, NONE);
                TimeUnit.NANOSECONDS.sleep(BEFORE.toNanos());
            }
        }

        @Override
        public boolean stop(Site site, WorkerProcess worker) throws Exception {
            limit(site, worker, NONE);
            return false;
        }

        @Override
        public void draining(Site site, WorkerProcess worker) throws Exception {
            TimeUnit.NANOSECONDS.sleep(IN_DRAIN.toNanos());
            if (worker.exitCode().isPresent()) {
                site.violation("a worker without descriptors had ended before it could accept its queue");
            } else {
                limit(site, worker, ENOUGH);
            }
        }
    }

    /** None but those that are open, of which some belong to idle clients. */
    static final class OnlyTheOpen implements Fault {
        private static final int IDLE = 100;

        private final List<Talk> idle = new ArrayList<>();

        @Override
        public void serving(Site site) throws Exception {
            site.closedWithSite(() -> {
                for (Talk talk : idle) {
                    talk.close();
                }
            });
        }

        @Override
        public void stopping(Site site, WorkerProcess worker) throws Exception {
            site.asClient(() -> {
                for (int i = 0; i < IDLE; i++) {
                    idle.add(new Talk(site.address()));
                }
                return null;
            });
            TimeUnit.MILLISECONDS.sleep(50); // Until they are accepted.
        }

        @Override
        public boolean stop(Site site, WorkerProcess worker) throws Exception {
            try (Stream<Path> links = Files.list(Path.of("/proc", Long.toString(worker.pid()), "fd"))) {
                int highest = links.map(link -> link.getFileName().toString())
                        .mapToInt(Integer::parseInt)
                        .max()
                        .orElseThrow();
                limit(site, worker, highest + 1); // Numbers below may be free: a few clients more are accepted.
            }
            return false;
        }
    }

    /**
     * None until the end: the drain ends within its bound, and what it lost is told. Those are the clients who were in the
     * queue already; the gate keeps others from joining them.
     */
    static final class NeverAgain implements Fault {
        private static final Duration LATER = Duration.ofMillis(400);
        private static final int LATE = 20;

        private final List<SideClients> late = new ArrayList<>();

        @Override
        public Launch launch(Site site, Launch usual) {
            return usual.with("--drain-timeout-ms", "2000", "--stop-timeout-ms", "2000");
        }

        @Override
        public Loss loss() {
            return Loss.AS_REPORTED;
        }

        @Override
        public Duration stopLimit() {
            return Duration.ofSeconds(6);
        }

        @Override
        public boolean stop(Site site, WorkerProcess worker) throws Exception {
            limit(site, worker, NONE);
            return false;
        }

        @Override
        public void draining(Site site, WorkerProcess worker) throws Exception {
            TimeUnit.NANOSECONDS.sleep(LATER.toNanos());
            late.add(SideClients.once(site, LATE, over -> {
                try (Talk talk = new Talk(site.address())) {
                    talk.send(Talk.LAST_REQUEST);
                    return Optional.of(talk.receive().outcome());
                }
            }));
        }

        @Override
        public void over(Site site) throws Exception {
            int lost = 0;
            for (SideClients each : late) {
                lost += each.end(site).lost();
            }
            if (lost > 0) {
                site.violation("%d clients that came in a drain without descriptors were lost".formatted(lost));
            }
        }
    }
}
