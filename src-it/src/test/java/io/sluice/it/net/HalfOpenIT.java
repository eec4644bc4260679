package io.sluice.it.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.examples.rolling.Outcome;
import io.sluice.examples.rolling.Outcomes;
import io.sluice.examples.rolling.WorkerProcess;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A worker is told to stop while the handshakes of 40 clients are half-open: their SYNs have arrived, and what completes
 * the handshakes comes only when the drain has long begun.
 */
@Timeout(60)
class HalfOpenIT {
    private static final int CLIENTS = 40;
    private static final String IPV4 = "10.77.0.77";
    private static final String IPV6 = "fd00:77::77";
    private static final String STUCK = "10.77.0.78";

    /** So many that with two workers each has some. */
    private static final int STUCK_CLIENTS = 10;

    private static final Duration OUTAGE = Duration.ofMillis(400);

    /** The first time, which is after a second. */
    private static final Duration SYN_ACK_SENT_AGAIN = Duration.ofMillis(1100);

    /** More than the handshake timeout, far less than the clients' patience. */
    private static final Duration BOUNDED = Duration.ofSeconds(8);

    private static final List<String> NO_LAUNCHER = List.of();

    /** A worker alone, which can only gate, whatever it was asked for. */
    @ParameterizedTest(name = "strategy {0}, clients at {1}, as {2}")
    @CsvSource({
        "auto, " + IPV4 + ", ROOT", "auto, " + IPV6 + ", NOBODY",
        "steer, " + IPV4 + ", NOBODY", "steer, " + IPV6 + ", ROOT",
        "gate, " + IPV4 + ", ROOT", "gate, " + IPV6 + ", ROOT",
        "gate, " + IPV4 + ", NOBODY", "gate, " + IPV6 + ", NOBODY"
    })
    void aloneOnItsPort(String strategy, String address, User user) throws Exception {
        assertAllAnswered(NamespaceWorkers.launcher(user), strategy, false, address, "gate");
    }

    /** The listener is an IPv4 socket, not an IPv6 one that takes both. */
    @ParameterizedTest
    @EnumSource(User.class)
    void anIpv4Listener(User user) throws Exception {
        List<String> launcher = new ArrayList<>(List.of("env", "JDK_JAVA_OPTIONS=-Djava.net.preferIPv4Stack=true"));
        launcher.addAll(NamespaceWorkers.launcher(user));
        assertAllAnswered(launcher, "gate", false, IPV4, "gate");
    }

    /** The other worker gets the listener, or new SYNs; some of the half-open handshakes are there as well. */
    @ParameterizedTest(name = "strategy {0}, clients at {1}, as {2}")
    @CsvSource({
        "hand-over, " + IPV4 + ", ROOT", "hand-over, " + IPV6 + ", ROOT",
        "hand-over, " + IPV4 + ", NOBODY", "hand-over, " + IPV6 + ", NOBODY",
        "steer, " + IPV4 + ", ROOT", "steer, " + IPV6 + ", ROOT",
        "steer, " + IPV4 + ", NOBODY", "steer, " + IPV6 + ", NOBODY"
    })
    void besideAnotherWorker(String strategy, String address, User user) throws Exception {
        assertAllAnswered(NamespaceWorkers.launcher(user), strategy, true, address, strategy);
    }

    /** One handshake never ends, and the drain waits for it: whoever comes meanwhile is served meanwhile. */
    @ParameterizedTest(name = "strategy {0}, beside another {1}, as {2}")
    @CsvSource({
        "gate, false, ROOT",
        "gate, false, NOBODY",
        "gate, true, NOBODY",
        "steer, true, ROOT",
        "steer, true, NOBODY",
        "auto, false, NOBODY"
    })
    @SuppressWarnings("try") // The other worker only has to be there.
    void aStuckHandshakeHoldsNobodyUp(String strategy, boolean besideAnother, User user) throws Exception {
        List<String> launcher = NamespaceWorkers.launcher(user);
        List<String> options = List.of("--strategy", strategy);
        try (NetworkNamespace namespace = NetworkNamespace.create();
                WorkerProcess other = besideAnother ? NamespaceWorkers.start(namespace, launcher, options) : null;
                WorkerProcess worker = NamespaceWorkers.start(namespace, launcher, options)) {
            HalfOpenClients stuck = HalfOpenClients.connect(namespace, STUCK, STUCK_CLIENTS);
            HalfOpenClients clients = HalfOpenClients.connect(namespace, IPV4, CLIENTS);
            worker.terminate();
            Thread.sleep(OUTAGE.toMillis());
            clients.letThrough();
            Outcomes outcomes = clients.outcomes();
            worker.awaitExit(BOUNDED);
            stuck.letThrough();

            Report report = Report.of(worker);
            print(
                    "a stuck handshake, %s, beside another %s, as %s".formatted(strategy, besideAnother, user),
                    outcomes,
                    report.json());
            assertEquals(CLIENTS, outcomes.count(Outcome.OK), () -> outcomes + " " + report.json());
            assertTrue(report.stragglers() >= 1, report::json);
            assertTrue(report.atRisk() >= 1, report::json);
            assertTrue(report.atRisk() <= STUCK_CLIENTS, report::json);
            assertEquals(0, report.lost(), report::json);
            assertEquals(0, report.idleClosed(), report::json);
        }
    }

    /** Who does not wait for handshakes loses them: the tests above see the bug. */
    @ParameterizedTest(name = "{0} {1}, clients at {2}")
    @CsvSource({
        "--connector, stock, " + IPV4, "--connector, stock, " + IPV6,
        "--strategy, two-pass, " + IPV4, "--strategy, two-pass, " + IPV6
    })
    void lostByOthers(String option, String value, String address) throws Exception {
        try (NetworkNamespace namespace = NetworkNamespace.create();
                WorkerProcess worker = NamespaceWorkers.start(namespace, NO_LAUNCHER, List.of(option, value))) {
            HalfOpenClients clients = HalfOpenClients.connect(namespace, address, CLIENTS);
            worker.terminate();
            clients.awaitListenerGone();
            clients.letThrough();
            Outcomes outcomes = clients.outcomes();

            print(value + ", clients at " + address, outcomes, "");
            assertTrue(outcomes.lost() > 0, outcomes::toString);
        }
    }

    /**
     * Handshakes that nobody finishes, as scanners leave them: the kernel has sent their SYN-ACKs again when the worker is
     * told to stop, which takes a round trip then, and not the handshake timeout.
     */
    @ParameterizedTest(name = "strategy {0}, beside another {1}, clients at {2}")
    @CsvSource({"gate, false, " + IPV4, "gate, false, " + IPV6, "steer, true, " + IPV4})
    @SuppressWarnings("try") // The other worker only has to be there.
    void abandoned(String strategy, boolean besideAnother, String address) throws Exception {
        List<String> options = List.of("--strategy", strategy);
        try (NetworkNamespace namespace = NetworkNamespace.create();
                WorkerProcess other = besideAnother ? NamespaceWorkers.start(namespace, NO_LAUNCHER, options) : null;
                WorkerProcess worker = NamespaceWorkers.start(namespace, NO_LAUNCHER, options)) {
            HalfOpenClients clients = HalfOpenClients.connect(namespace, address, CLIENTS);
            Thread.sleep(SYN_ACK_SENT_AGAIN.toMillis());
            worker.terminate();
            worker.awaitExit(BOUNDED);
            clients.letThrough();

            Report report = Report.of(worker);
            print("abandoned, clients at " + address, clients.outcomes(), report.json());
            assertTrue(report.atRisk() > 0, report::json);
            assertEquals(report.atRisk(), report.abandoned(), report::json);
            assertTrue(report.untilClosedMillis() >= 1000, report::json);
            assertTrue(report.untilClosedMillis() < 2500, report::json);
            assertTrue(worker.output().stream().noneMatch(line -> line.contains("at risk")), worker.output()::toString);
        }
    }

    /** The SYN-ACK that is sent for the third time while the worker drains is the first that somebody answers. */
    @ParameterizedTest(name = "strategy {0}, clients at {1}")
    @CsvSource({"gate, " + IPV4, "gate, " + IPV6})
    void answeredLate(String strategy, String address) throws Exception {
        try (NetworkNamespace namespace = NetworkNamespace.create();
                WorkerProcess worker =
                        NamespaceWorkers.start(namespace, NO_LAUNCHER, List.of("--strategy", strategy))) {
            HalfOpenClients clients = HalfOpenClients.connect(namespace, address, CLIENTS);
            Thread.sleep(2 * SYN_ACK_SENT_AGAIN.toMillis());
            worker.terminate();
            Thread.sleep(OUTAGE.toMillis());
            clients.letThrough();
            Outcomes outcomes = clients.outcomes();
            worker.awaitExit(NamespaceWorkers.LIMIT);

            Report report = Report.of(worker);
            print("answered late, " + strategy + ", clients at " + address, outcomes, report.json());
            assertEquals(CLIENTS, outcomes.count(Outcome.OK), () -> outcomes + " " + report.json());
            assertEquals(0, report.atRisk(), report::json);
        }
    }

    /** Handshakes that never end: the worker does, when its handshake timeout or its stop timeout is over. */
    @ParameterizedTest(name = "stop timeout {0} ms, closed after {1} to {2} ms, clients at {3}")
    @CsvSource({"5000, 3000, 4000, " + IPV4, "5000, 3000, 4000, " + IPV6, "1000, 500, 2000, " + IPV4})
    void anOutageWithoutEnd(String stopTimeout, double earliest, double latest, String address) throws Exception {
        try (NetworkNamespace namespace = NetworkNamespace.create();
                WorkerProcess worker =
                        NamespaceWorkers.start(namespace, NO_LAUNCHER, List.of("--stop-timeout-ms", stopTimeout))) {
            HalfOpenClients clients = HalfOpenClients.connect(namespace, address, CLIENTS);
            worker.terminate();
            worker.awaitExit(BOUNDED);
            clients.letThrough();
            Outcomes outcomes = clients.outcomes();

            Report report = Report.of(worker);
            print("outage without end, clients at " + address, outcomes, report.json());
            assertEquals(CLIENTS, report.atRisk(), report::json);
            assertEquals(0, report.lost(), report::json);
            assertTrue(report.untilClosedMillis() >= earliest, report::json);
            assertTrue(report.untilClosedMillis() <= latest, report::json);
        }
    }

    @SuppressWarnings("try") // The other worker only has to be there.
    private static void assertAllAnswered(
            List<String> launcher, String strategy, boolean besideAnother, String address, String used)
            throws Exception {
        List<String> options = List.of("--strategy", strategy);
        try (NetworkNamespace namespace = NetworkNamespace.create();
                WorkerProcess other = besideAnother ? NamespaceWorkers.start(namespace, launcher, options) : null;
                WorkerProcess worker = NamespaceWorkers.start(namespace, launcher, options)) {
            HalfOpenClients clients = HalfOpenClients.connect(namespace, address, CLIENTS);
            worker.terminate();
            Thread.sleep(OUTAGE.toMillis());
            clients.letThrough();
            Outcomes outcomes = clients.outcomes();
            worker.awaitExit(NamespaceWorkers.LIMIT);

            Report report = Report.of(worker);
            print(strategy + ", clients at " + address, outcomes, report.json());
            assertEquals(CLIENTS, outcomes.count(Outcome.OK), () -> outcomes + " " + report.json());
            assertEquals(used, report.strategy(), report::json);
            if (!used.equals("hand-over")) { // There they end with the one that has taken the listener over.
                assertTrue(report.stragglers() >= (besideAnother ? 1 : CLIENTS), report::json);
            }
            assertEquals(0, report.lost(), report::json);
            assertEquals(0, report.atRisk(), report::json);
        }
    }

    private static void print(String situation, Outcomes outcomes, String report) {
        System.out.printf("half-open, %s: %s %s%n", situation, outcomes, report);
    }
}
