package io.sluice.it.chaos;

import io.sluice.examples.rolling.Outcome;
import io.sluice.examples.rolling.WorkerProcess;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** What a worker runs out of. */
final class ResourceFaults {
    private static final String AXIS = "resources";

    private ResourceFaults() {}

    static List<Cell> cells() {
        return List.of(
                new Cell(AXIS, "no descriptors, and some again in the drain", new DescriptorFaults.UsedUp(true)),
                new Cell(AXIS, "no descriptors when the drain begins", new DescriptorFaults.UsedUp(false)).inBrief(),
                new Cell(AXIS, "descriptors come free as idle clients go", new DescriptorFaults.OnlyTheOpen()),
                new Cell(AXIS, "no descriptors ever again", new DescriptorFaults.NeverAgain()).alone(),
                new Cell(AXIS, "one request thread", new Threads("1")),
                new Cell(AXIS, "all request threads busy", new BusyThreads()),
                new Cell(AXIS, "all request threads busy for ever", new HungThreads()).alone(),
                new Cell(AXIS, "accept queue overflows", new FullQueue("--accept-queue-size", "16")).inBrief(),
                new Cell(AXIS, "net.core.somaxconn is 16", new FullQueue()),
                new Cell(AXIS, "no CPU is free", new BusyCpus()),
                new Cell(AXIS, "the log's disk is full", new Started("-Dorg.slf4j.simpleLogger.logFile=/dev/full")),
                new Cell(AXIS, "a heap of 16 MB", new Started("-Xmx16m")));
    }

    private record Started(String jvmOption) implements Fault {
        @Override
        public Launch launch(Site site, Launch usual) {
            return usual.withJvm(jvmOption);
        }
    }

    private record Threads(String count) implements Fault {
        @Override
        public Launch launch(Site site, Launch usual) {
            return usual.with("--threads", count);
        }
    }

    /** Slow requests hold all threads of all workers, all the time, but not for longer than a drain may take. */
    private static final class BusyThreads extends LoopingClients {
        BusyThreads() {
            super(8);
        }

        @Override
        public Launch launch(Site site, Launch usual) {
            return usual.with("--threads", "2");
        }

        @Override
        Optional<Outcome> talk(Site site, BooleanSupplier over) throws IOException, InterruptedException {
            try (Talk talk = new Talk(site.address())) {
                talk.send(Talk.LAST_REQUEST.replace(" / ", " /slow "));
                return Optional.of(talk.receive().outcome());
            }
        }
    }

    /** Requests that never end hold all threads of the worker that is stopped, and everybody else waits behind them. */
    private static final class HungThreads implements Fault {
        private static final int CLIENTS = 24;

        private SideClients clients;

        @Override
        public Launch launch(Site site, Launch usual) {
            return usual.with("--threads", "4", "--drain-timeout-ms", "1500", "--stop-timeout-ms", "1500");
        }

        @Override
        public Loss loss() {
            return Loss.AS_REPORTED;
        }

        @Override
        public int members() {
            return 1;
        }

        @Override
        public int restarts() {
            return 1;
        }

        /** The one worker that there is gets them all; its successor must get none. */
        @Override
        public void serving(Site site) throws Exception {
            clients = SideClients.once(site, CLIENTS, over -> hang(site));
        }

        private static Optional<Outcome> hang(Site site) throws IOException, InterruptedException {
            try (Talk talk = new Talk(site.address())) {
                talk.send(Talk.LAST_REQUEST.replace(" / ", " /hang "));
                return Optional.of(talk.receive().outcome());
            }
        }

        @Override
        public void over(Site site) throws Exception {
            clients.end(site);
        }
    }

    /** More clients than the accept queue has room for: they wait for a SYN or an ACK to be sent again, no more. */
    private static final class FullQueue implements Fault {
        private static final int CLIENTS = 100;
        private static final Duration FROZEN = Duration.ofMillis(150);

        private final String[] options;
        private final List<SideClients> clients = new ArrayList<>();

        private FullQueue(String... options) {
            this.options = options;
        }

        @Override
        public void prepare(Site site) throws Exception {
            if (options.length == 0) {
                site.sysctl("net.core.somaxconn", 16);
            }
        }

        @Override
        public Launch launch(Site site, Launch usual) {
            return usual.with(options);
        }

        @Override
        public void stopping(Site site, WorkerProcess worker) throws Exception {
            worker.signal("STOP");
            clients.add(SideClients.once(site, CLIENTS, over -> {
                try (Talk talk = new Talk(site.address())) {
                    talk.send(Talk.LAST_REQUEST);
                    return Optional.of(talk.receive().outcome());
                }
            }));
            TimeUnit.NANOSECONDS.sleep(FROZEN.toNanos());
        }

        @Override
        public void over(Site site) throws Exception {
            for (SideClients each : clients) {
                each.end(site);
            }
            String drops = site.servers().run("nstat", "-asz", "TcpExtListenOverflows");
            if (!drops.matches("(?s).*TcpExtListenOverflows +[1-9].*")) {
                site.violation("no accept queue was ever full: " + drops);
            }
        }
    }

    /** Twice as many threads that do nothing but run as there are processors. */
    private static final class BusyCpus implements Fault {
        private static final Duration LONGEST = Duration.ofMinutes(2);

        private volatile boolean over;

        @Override
        public void serving(Site site) {
            site.closedWithSite(() -> over = true);
            long end = System.nanoTime() + LONGEST.toNanos();
            for (int i = 0; i < 2 * Runtime.getRuntime().availableProcessors(); i++) {
                Thread thread = new Thread(() -> spin(end), "busy-" + i);
                thread.setDaemon(true);
                thread.start();
            }
        }

        private void spin(long end) {
            while (!over && System.nanoTime() < end) {
                Thread.onSpinWait();
            }
        }

        @Override
        public void over(Site site) {
            over = true;
        }
    }
}
