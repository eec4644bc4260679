package io.sluice.it.chaos;

import io.sluice.examples.rolling.WorkerProcess;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The ways to stop a worker, and the moments. */
final class StopFaults {
    private static final String AXIS = "stop";

    private StopFaults() {}

    static List<Cell> cells() {
        return List.of(
                new Cell(AXIS, "SIGTERM", new Fault() {}).inBrief(),
                new Cell(AXIS, "SIGTERM twice", new TermTwice()),
                new Cell(AXIS, "Jetty's stop port", new StopPort()).inBrief(),
                new Cell(AXIS, "GET /stop", new StopRequest("/stop")).inBrief(),
                new Cell(AXIS, "by itself, after 20 more requests", new StopRequest("/stop-after-20")).alone(),
                new Cell(AXIS, "GET /stop and SIGTERM at once", new StopRequest("/stop"), new TermTwice()).alone(),
                new Cell(AXIS, "others: SIGTERM at a random moment of their start", new TermDuringStart(6)),
                new Cell(AXIS, "others: SIGTERM while their listener is opened", new TermAtOpening(6)).inBrief(),
                new Cell(AXIS, "all members at once", new AllAtOnce()).inBrief());
    }

    private static final class TermTwice implements Fault {
        @Override
        public void draining(Site site, WorkerProcess worker) {
            worker.terminate();
        }
    }

    private static final class StopPort implements Fault {
        private static final int FIRST = 9001;
        private static final Pattern OWN = Pattern.compile("READY .*\\bstop-port=(\\d+).*");

        private int started;

        @Override
        public Launch launch(Site site, Launch usual) {
            return usual.with("--stop-port", Integer.toString(FIRST + started++));
        }

        @Override
        public boolean stop(Site site, WorkerProcess worker) throws Exception {
            int port = worker.output().stream()
                    .map(OWN::matcher)
                    .filter(Matcher::matches)
                    .mapToInt(ready -> Integer.parseInt(ready.group(1)))
                    .findFirst()
                    .orElseThrow();
            // Closed with the site: the worker, frozen now, will want to answer.
            Socket socket = site.closedWithSite(
                    site.servers().call(() -> new Socket(InetAddress.getByName("127.0.0.1"), port)));
            socket.getOutputStream()
                    .write((FaultyWorker.STOP_KEY + "\r\nstop\r\n").getBytes(StandardCharsets.US_ASCII));
            return true;
        }
    }

    /** The worker stops from inside a request, or rather when that is answered. */
    private static final class StopRequest implements Fault {
        private final String path;
        private final Map<WorkerProcess, Talk> connections = new HashMap<>();

        private StopRequest(String path) {
            this.path = path;
        }

        @Override
        public void stopping(Site site, WorkerProcess worker) throws Exception {
            connections.put(worker, Talk.with(site, worker));
        }

        @Override
        public boolean stop(Site site, WorkerProcess worker) throws Exception {
            connections.get(worker).get(path);
            return true;
        }
    }

    /** Workers that are stopped before they serve: nobody may notice. */
    private static final class TermDuringStart implements Fault {
        private static final int LATEST_MILLIS = 1500;

        private final int times;

        private TermDuringStart(int times) {
            this.times = times;
        }

        @Override
        public void serving(Site site) throws Exception {
            for (int i = 0; i < times; i++) {
                WorkerProcess worker = site.startAnother("--start-delay-ms", "500");
                TimeUnit.MILLISECONDS.sleep(site.random().nextInt(LATEST_MILLIS));
                worker.terminate();
                worker.awaitExit(stopLimit());
            }
        }
    }

    /** Workers that are stopped in the moment in which the kernel begins to give them connections. */
    private static final class TermAtOpening implements Fault {
        private static final Duration OPEN_LIMIT = Duration.ofSeconds(30);

        private final int times;

        private TermAtOpening(int times) {
            this.times = times;
        }

        @Override
        public void serving(Site site) throws Exception {
            for (int i = 0; i < times; i++) {
                Set<String> before = site.listeners();
                WorkerProcess worker = site.startAnother();
                long end = System.nanoTime() + OPEN_LIMIT.toNanos();
                while (site.listeners().equals(before) && System.nanoTime() < end) {
                    Thread.onSpinWait();
                }
                TimeUnit.MICROSECONDS.sleep(site.random().nextInt(20_000));
                worker.terminate();
                worker.awaitExit(stopLimit());
            }
        }
    }

    private static final class AllAtOnce implements Fault {
        @Override
        public Order order() {
            return Order.ALL_AT_ONCE;
        }

        @Override
        public int restarts() {
            return 6;
        }
    }
}
