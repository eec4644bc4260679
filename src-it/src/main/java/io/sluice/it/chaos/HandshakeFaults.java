package io.sluice.it.chaos;

import io.sluice.examples.rolling.Outcome;
import io.sluice.examples.rolling.Outcomes;
import io.sluice.examples.rolling.WorkerProcess;
import io.sluice.it.net.Report;
import io.sluice.it.net.Requirement;
import io.sluice.it.net.SynFlood;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Handshakes that never end, that leave no trace in the kernel, or that end only with the first data. */
final class HandshakeFaults {
    private static final Fault FAR = new NetworkFaults.Far(50, 0);

    private HandshakeFaults() {}

    static List<Cell> cells() {
        return List.of(
                new Cell(NetworkFaults.AXIS, "a SYN flood, no syncookies", new Flood(0, 65_535)).alone(),
                new Cell(
                                NetworkFaults.AXIS,
                                "a SYN flood, no syncookies, strategy gate",
                                new Flood(0, 65_535),
                                new NetworkFaults.Strategy("gate"))
                        .alone(),
                new Cell(NetworkFaults.AXIS, "a SYN flood, syncookies when it overflows", new Flood(1, 2048)).alone(),
                new Cell(NetworkFaults.AXIS, "a SYN flood, syncookies forced", new Flood(2, 4096)).alone(),
                new Cell(NetworkFaults.AXIS, "syncookies forced", new Forced("auto")),
                new Cell(NetworkFaults.AXIS, "syncookies forced, RTT 50 ms", FAR, new Forced("auto")).alone(),
                new Cell(NetworkFaults.AXIS, "syncookies forced, RTT 50 ms, strategy gate", FAR, new Forced("gate"))
                        .inBrief()
                        .alone(),
                new Cell(NetworkFaults.AXIS, "TCP_DEFER_ACCEPT, clients that send late", new LateData(1_000))
                        .inBrief()
                        .alone(),
                new Cell(NetworkFaults.AXIS, "TCP_DEFER_ACCEPT, clients that never send", new LateData(0)).alone());
    }

    /** Half-open handshakes are waited for until handshakeTimeout, which is 3 s, not until drainTimeout, which is 5 s. */
    private abstract static class Bounded implements Fault {
        private static final double LONGEST_MILLIS = 4_500;

        private final List<WorkerProcess> stopped = new ArrayList<>();

        @Override
        public void stopping(Site site, WorkerProcess worker) throws Exception {
            stopped.add(worker);
        }

        @Override
        public void over(Site site) throws Exception {
            for (WorkerProcess worker : stopped) {
                if (worker.drained().isPresent() && Report.of(worker).untilClosedMillis() > LONGEST_MILLIS) {
                    site.violation(
                            "the listener was closed late: " + Report.of(worker).json());
                }
            }
        }
    }

    /** Thousands of half-open handshakes that nobody will end: a drain waits for them in vain, and only so long. */
    private static final class Flood extends Bounded {
        private static final int PER_SECOND = 4_000;
        private static final int THOUSANDS = 2_000;
        private static final long FILL_SECONDS = 10;

        private final int cookies;
        private final int backlog;

        private Flood(int cookies, int backlog) {
            this.cookies = cookies;
            this.backlog = backlog;
        }

        @Override
        public void prepare(Site site) throws Exception {
            site.sysctl("net.ipv4.tcp_syncookies", cookies);
            site.sysctl("net.ipv4.tcp_max_syn_backlog", 1 << 20); // Without cookies nobody is served from 3/4 of it on.
            site.sysctl("net.core.somaxconn", 65_535);
        }

        @Override
        public Launch launch(Site site, Launch usual) {
            return usual.with("--accept-queue-size", Integer.toString(backlog));
        }

        @Override
        public void serving(Site site) throws Exception {
            site.closedWithSite(SynFlood.start(site.servers(), Site.PORT, PER_SECOND));
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(FILL_SECONDS);
            while (!isFlooded(site) && System.nanoTime() < end) {
                TimeUnit.MILLISECONDS.sleep(50);
            }
        }

        @Override
        public void stopping(Site site, WorkerProcess worker) throws Exception {
            super.stopping(site, worker);
            if (!isFlooded(site)) {
                site.violation("no flood: %d half-open".formatted(halfOpen(site)));
            }
        }

        @Override
        public void over(Site site) throws Exception {
            super.over(site);
            if (cookies > 0) {
                requireCookies(site);
            }
        }

        private boolean isFlooded(Site site) throws Exception {
            return cookies == 2 ? cookiesSent(site) >= THOUSANDS : halfOpen(site) >= THOUSANDS;
        }
    }

    /** Nothing is half-open in the kernel: whoever gets the last ACK of a handshake completes it. */
    private static final class Forced extends NetworkFaults.Setting {
        private final String strategy;

        private Forced(String strategy) {
            super("net.ipv4.tcp_syncookies", 2);
            this.strategy = strategy;
        }

        @Override
        public Launch launch(Site site, Launch usual) {
            return usual.with("--strategy", strategy);
        }

        @Override
        public void over(Site site) throws Exception {
            requireCookies(site);
        }
    }

    private static long halfOpen(Site site) throws Exception {
        return site.servers()
                .run("ss", "-Htan", "state", "syn-recv", "sport", "=", ":" + Site.PORT)
                .lines()
                .count();
    }

    private static long cookiesSent(Site site) throws Exception {
        Requirement.program("nstat", "iproute2");
        Matcher count = Pattern.compile("SyncookiesSent\\s+(\\d+)")
                .matcher(site.servers().run("nstat", "-asz", "TcpExtSyncookiesSent"));
        return count.find() ? Long.parseLong(count.group(1)) : 0;
    }

    private static void requireCookies(Site site) throws Exception {
        if (cookiesSent(site) == 0) {
            site.violation("no syncookie was sent");
        }
    }

    /** A handshake stays half-open until the first data comes, which some clients send late or not at all. */
    private static final class LateData extends Bounded {
        private static final int CLIENTS = 10;
        private static final int LIMIT_MILLIS = 15_000;
        private static final byte[] REQUEST =
                "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

        private final int afterMillis;
        private final List<Thread> clients = new ArrayList<>();
        private final ConcurrentLinkedQueue<Outcome> outcomes = new ConcurrentLinkedQueue<>();

        private LateData(int afterMillis) {
            this.afterMillis = afterMillis;
        }

        @Override
        public Launch launch(Site site, Launch usual) {
            return usual.with("--defer-accept-s", "30");
        }

        @Override
        public void stopping(Site site, WorkerProcess worker) throws Exception {
            super.stopping(site, worker);
            for (int i = 0; i < CLIENTS; i++) {
                Socket client = site.closedWithSite(site.asClient(() -> connect(site.address())));
                if (afterMillis > 0) {
                    Thread thread = new Thread(() -> outcomes.add(sendLate(client)), "late-client");
                    thread.setDaemon(true);
                    thread.start();
                    clients.add(thread);
                }
            }
            if (halfOpen(site) < CLIENTS) {
                site.violation("the kernel defers nothing");
            }
        }

        private static Socket connect(InetSocketAddress address) throws IOException {
            Socket client = new Socket();
            client.setSoTimeout(LIMIT_MILLIS);
            client.connect(address, LIMIT_MILLIS);
            return client;
        }

        private Outcome sendLate(Socket client) {
            try {
                TimeUnit.MILLISECONDS.sleep(afterMillis);
                client.getOutputStream().write(REQUEST);
                String answer = new String(client.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
                return answer.startsWith("HTTP/1.1 200") ? Outcome.OK : Outcome.OTHER;
            } catch (IOException x) {
                return Outcome.RESET;
            } catch (InterruptedException x) {
                Thread.currentThread().interrupt();
                return Outcome.OTHER;
            }
        }

        @Override
        public void over(Site site) throws Exception {
            super.over(site);
            for (Thread client : clients) {
                client.join(LIMIT_MILLIS);
            }
            site.count(Outcomes.of(outcomes));
        }
    }
}
