package io.sluice.it.chaos;

import io.sluice.examples.rolling.WorkerProcess;
import io.sluice.it.net.Requirement;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Others on the port that are not Sluice, and a program for the group that is not Sluice's. */
final class NeighbourFaults {
    private static final Duration READY_LIMIT = Duration.ofSeconds(40);

    private NeighbourFaults() {}

    static List<Cell> cells() {
        return List.of(
                new Cell(NetworkFaults.AXIS, "a stock Jetty on the port too", new StockMember()),
                new Cell(NetworkFaults.AXIS, "nginx on the port too", new NginxMember()),
                new Cell(NetworkFaults.AXIS, "a foreign program, strategy gate", new ForeignProgram("gate", true))
                        .inBrief()
                        .alone(),
                new Cell(NetworkFaults.AXIS, "a foreign program, strategy auto", new ForeignProgram("auto", false))
                        .alone());
    }

    /** Never stopped, so that it loses nothing by itself. */
    private static WorkerProcess startStock(Site site, String... options) throws Exception {
        WorkerProcess stock =
                site.start(Launch.ofThis("stock", "auto", site.user()).with(options));
        stock.awaitReady(READY_LIMIT);
        site.addForeignMember();
        return stock;
    }

    private static final class StockMember implements Fault {
        @Override
        public void prepare(Site site) throws Exception {
            startStock(site);
        }
    }

    /** Two nginx workers, each with a listener of its own. */
    private static final class NginxMember implements Fault {
        private static final int WORKERS = 2;

        @Override
        public void require() {
            Requirement.program("nginx", "nginx-light");
        }

        @Override
        public void prepare(Site site) throws Exception {
            site.closedWithSite(Nginx.start(site.servers(), site.user(), Site.PORT, WORKERS));
            for (int i = 0; i < WORKERS; i++) {
                site.addForeignMember();
            }
        }
    }

    /** Somebody else's program decides which member gets a client. */
    private static final class ForeignProgram implements Fault {
        private static final int MEMBERS = 3;
        private static final int TRIES = 8;
        private static final int FIRST_PORT = 20_000;
        private static final int LIMIT_MILLIS = 5_000;

        private final String strategy;
        private final boolean stays;

        private ForeignProgram(String strategy, boolean stays) {
            this.strategy = strategy;
            this.stays = stays;
        }

        @Override
        public void prepare(Site site) throws Exception {
            startStock(site, "--foreign-program");
        }

        @Override
        public Launch launch(Site site, Launch usual) {
            return usual.with("--strategy", strategy);
        }

        @Override
        public void over(Site site) throws Exception {
            boolean attached = site.asClient(() -> isAttached(site.address()));
            if (attached != stays) {
                site.violation("the foreign program is %s".formatted(attached ? "still attached" : "gone"));
            }
        }

        /** Whether all clients of an index meet the same member, and each index another one. */
        private static boolean isAttached(InetSocketAddress address) throws IOException {
            Set<String> members = new HashSet<>();
            for (int index = 0; index < MEMBERS; index++) {
                Set<String> ofIndex = new HashSet<>();
                for (int i = 0; i < TRIES; i++) {
                    int port = FIRST_PORT + 2 * (i * NativeListener.FOREIGN_MODULUS + index);
                    ofIndex.add(answer(address, port));
                }
                if (ofIndex.size() > 1 || !members.addAll(ofIndex)) {
                    return false;
                }
            }
            return true;
        }

        private static String answer(InetSocketAddress address, int sourcePort) throws IOException {
            try (Socket socket = new Socket()) {
                socket.setReuseAddress(true);
                socket.bind(new InetSocketAddress(sourcePort));
                socket.connect(address, LIMIT_MILLIS);
                socket.setSoTimeout(LIMIT_MILLIS);
                socket.getOutputStream()
                        .write("GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
                                .getBytes(StandardCharsets.US_ASCII));
                String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
                return answer.substring(answer.indexOf("\r\n\r\n") + 4);
            }
        }
    }
}
