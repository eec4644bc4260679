package io.sluice.it.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Two workers are replaced over and over while clients far away, some hundred new connections a second, talk to them:
 * with each stop, handshakes and requests are on their way.
 */
@Timeout(90)
class RoundTripIT {
    private static final int RESTARTS = 5;
    private static final int CONTROL_REQUESTS = 1_000;
    private static final int REQUESTS_PER_SECOND = 300;

    /** A handshake, then request and answer. */
    private static final int ROUND_TRIPS_PER_REQUEST = 2;

    private static final double NO_LOSS = 0;
    private static final double LOSS = 0.02;

    /** Without packet loss nothing is lost, and without a gate no SYN has to be sent twice. */
    @ParameterizedTest(name = "strategy {0}, round trip {1} ms, as {2}")
    @CsvSource({
        "auto, 50, ROOT",
        "auto, 200, NOBODY",
        "steer, 50, NOBODY",
        "steer, 200, ROOT",
        "gate, 50, ROOT",
        "gate, 200, ROOT",
        "gate, 50, NOBODY",
        "gate, 200, NOBODY"
    })
    void onAPerfectLine(String strategy, int roundTripMillis, User user) throws Exception {
        Run run = rollingRestarts(user, strategy, roundTripMillis, NO_LOSS);

        assertEquals(0, run.restarts().outcomes().lost(), run::toString);
        if (!strategy.equals("gate")) {
            assertTrue(run.synsSentAgain() < RESTARTS, run::toString);
        }
    }

    /** With packet loss nothing is lost that a listener that stays open would not lose: nothing, if slowly. */
    @ParameterizedTest(name = "strategy {0}, round trip {1} ms, as {2}")
    @CsvSource({
        "auto, 50, ROOT",
        "auto, 200, NOBODY",
        "steer, 50, NOBODY",
        "steer, 200, ROOT",
        "gate, 50, ROOT",
        "gate, 50, NOBODY",
        "gate, 200, NOBODY"
    })
    void onALossyLine(String strategy, int roundTripMillis, User user) throws Exception {
        Run run = rollingRestarts(user, strategy, roundTripMillis, LOSS);

        assertEquals(0, run.control().outcomes().lost(), run::toString);
        // A handshake whose SYN-ACK is lost twice takes longer than the handshake timeout, a client whose request is
        // lost
        // for as long as the grace looks like one that says nothing, and one whose packets are lost again and again is
        // not
        // answered in the drain's time: the report tells of all of them.
        assertTrue(run.restarts().outcomes().lost() <= run.told(), run::toString);
        assertTrue(run.told() <= 6, run::toString);
    }

    /** Who does not wait for handshakes loses some, even without packet loss: the tests above see the difference. */
    @Test
    void twoPassesLoseSome() throws Exception {
        Run run = rollingRestarts(User.ROOT, "two-pass", 200, NO_LOSS);

        assertTrue(run.restarts().outcomes().lost() > 0, run::toString);
    }

    private static Run rollingRestarts(User user, String strategy, int roundTripMillis, double lossRate)
            throws Exception {
        int clients = REQUESTS_PER_SECOND * ROUND_TRIPS_PER_REQUEST * roundTripMillis / 1_000;
        try (DistantNetworks networks = new DistantNetworks(Duration.ofMillis(roundTripMillis), lossRate);
                RollingWorkers workers =
                        new RollingWorkers(networks.servers(), NamespaceWorkers.launcher(user), strategy)) {
            ShortConnections control =
                    ShortConnections.start(networks.clients(), DistantNetworks.address(NamespaceWorkers.PORT), clients);
            control.awaitRequests(CONTROL_REQUESTS);
            ShortConnections.Figures withoutRestarts = control.stop();

            int synsSentAgain = networks.synsSentAgain();
            ShortConnections connections =
                    ShortConnections.start(networks.clients(), DistantNetworks.address(NamespaceWorkers.PORT), clients);
            for (int i = 0; i < RESTARTS; i++) {
                workers.restartOne();
            }
            connections.awaitRequests(clients);
            Run run = new Run(
                    withoutRestarts, connections.stop(), networks.synsSentAgain() - synsSentAgain, workers.reports());
            System.out.printf(
                    "round trip %d ms, loss %.0f %%, %s, as %s: %s%n",
                    roundTripMillis, 100 * lossRate, strategy, user, run);
            return run;
        }
    }

    /**
     * What happened.
     *
     * @param control without restarts, in the same conditions
     * @param restarts with them
     * @param synsSentAgain SYNs that clients had to send once more during the restarts
     * @param reports of all drains
     */
    private record Run(
            ShortConnections.Figures control,
            ShortConnections.Figures restarts,
            int synsSentAgain,
            List<Report> reports) {
        /** All that the reports call at risk, silent, unanswered or lost. */
        int told() {
            return atRisk() + idleClosed() + unanswered();
        }

        private int atRisk() {
            return reports.stream().mapToInt(Report::atRisk).sum();
        }

        private int idleClosed() {
            return reports.stream().mapToInt(Report::idleClosed).sum();
        }

        private int unanswered() {
            return reports.stream()
                    .mapToInt(report -> report.unanswered() + report.lost())
                    .sum();
        }

        @Override
        public String toString() {
            return "control %s; %d restarts %s, %d SYNs sent again, %d at risk, %d silent, %d unanswered"
                    .formatted(control, reports.size(), restarts, synsSentAgain, atRisk(), idleClosed(), unanswered());
        }
    }
}
