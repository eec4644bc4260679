package io.sluice.it.chaos;

import io.sluice.examples.rolling.ClosedLoop;
import io.sluice.it.net.Requirement;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Networks that are far or bad, attacked or set up in another way, and who shares the port. */
final class NetworkFaults {
    static final String AXIS = "network";

    private NetworkFaults() {}

    static List<Cell> cells() {
        List<Cell> cells = new ArrayList<>(List.of(
                new Cell(AXIS, "RTT 50 ms", new Far(50, 0)).inBrief(),
                new Cell(AXIS, "RTT 200 ms", new Far(200, 0)),
                new Cell(AXIS, "RTT 50 ms, loss 2 %", new Far(50, 0.02)),
                new Cell(AXIS, "RTT 50 ms, loss 5 %", new Far(50, 0.05)),
                new Cell(AXIS, "RTT 50 ms, loss 2 %, strategy gate", new Far(50, 0.02), new Strategy("gate")).alone(),
                new Cell(AXIS, "tcp_migrate_req=0", new Setting("net.ipv4.tcp_migrate_req", 0)),
                new Cell(AXIS, "tcp_migrate_req=1", new Setting("net.ipv4.tcp_migrate_req", 1)),
                new Cell(AXIS, "tcp_abort_on_overflow=1, a small accept queue", new AbortOnOverflow()).alone(),
                new Cell(AXIS, "an IPv4 listener", new Ipv4Listener()),
                new Cell(AXIS, "IPv6 clients", new Address("::1")),
                new Cell(AXIS, "dual stack, IPv4 and IPv6 clients", new BothFamilies()).inBrief(),
                new Cell(AXIS, "one address only", new OneAddress("127.0.0.1")),
                new Cell(AXIS, "another loopback address", new OneAddress("127.0.0.2")),
                new Cell(AXIS, "32 members", new ManyMembers()).alone()));
        cells.addAll(HandshakeFaults.cells());
        cells.addAll(NeighbourFaults.cells());
        return cells;
    }

    /** A line with a delay, and one that loses packets too. */
    static final class Far implements Fault {
        private final Distance distance;

        Far(int roundTripMillis, double lossRate) {
            distance = new Distance(Duration.ofMillis(roundTripMillis), lossRate);
        }

        @Override
        public Distance distance() {
            return distance;
        }

        @Override
        public Loss loss() {
            return distance.lossRate() > 0 ? Loss.AT_RISK : Loss.NONE;
        }
    }

    /** The same strategy for all members. */
    record Strategy(String name) implements Fault {
        @Override
        public Launch launch(Site site, Launch usual) {
            return usual.with("--strategy", name);
        }
    }

    /** A parameter of the kernel: some must be set before the group exists. */
    static class Setting implements Fault {
        private final String name;
        private final int value;

        Setting(String name, int value) {
            this.name = name;
            this.value = value;
        }

        @Override
        public void prepare(Site site) throws Exception {
            site.sysctl(name, value);
        }
    }

    /** The queue has room for all clients and a probe: what overflows is reset by a server that does not stop, too. */
    private static final class AbortOnOverflow extends Setting {
        private AbortOnOverflow() {
            super("net.ipv4.tcp_abort_on_overflow", 1);
        }

        @Override
        public Launch launch(Site site, Launch usual) {
            return usual.with("--accept-queue-size", "24");
        }
    }

    private static final class Ipv4Listener implements Fault {
        @Override
        public Launch launch(Site site, Launch usual) {
            return usual.withJvm("-Djava.net.preferIPv4Stack=true");
        }
    }

    private static class Address implements Fault {
        private final String host;

        private Address(String host) {
            this.host = host;
        }

        @Override
        public void require() {
            requireIpv6For(host);
        }

        @Override
        public void prepare(Site site) throws Exception {
            site.setAddress(new InetSocketAddress(InetAddress.getByName(host), Site.PORT));
        }
    }

    private static final class OneAddress extends Address {
        private final String host;

        private OneAddress(String host) {
            super(host);
            this.host = host;
        }

        @Override
        public Launch launch(Site site, Launch usual) {
            return usual.with("--host", host);
        }
    }

    private static void requireIpv6For(String host) {
        if (host.contains(":") && !Files.exists(Path.of("/proc/net/if_inet6"))) {
            throw Requirement.missing("IPv6");
        }
    }

    /** The usual clients come by IPv4, as many more by IPv6. */
    private static final class BothFamilies implements Fault {
        private static final int CLIENTS = 12;
        private static final Duration LIMIT = Duration.ofSeconds(20);

        private ClosedLoop load;

        @Override
        public void require() {
            requireIpv6For("::1");
        }

        @Override
        public void serving(Site site) throws Exception {
            InetSocketAddress address = new InetSocketAddress(InetAddress.getByName("::1"), Site.PORT);
            load = site.closedWithSite(site.asClient(() -> ClosedLoop.start(address, CLIENTS, LIMIT)));
        }

        @Override
        public void over(Site site) throws Exception {
            site.count(load.stop().outcomes());
        }
    }

    private static final class ManyMembers implements Fault {
        @Override
        public int members() {
            return 32;
        }

        @Override
        public int restarts() {
            return 4;
        }

        @Override
        public Launch launch(Site site, Launch usual) {
            return usual.withJvm("-Xmx32m", "-Xss256k").with("--threads", "4");
        }
    }
}
