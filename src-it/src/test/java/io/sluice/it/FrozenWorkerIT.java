package io.sluice.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.examples.rolling.BurstClient;
import io.sluice.examples.rolling.Outcome;
import io.sluice.examples.rolling.Outcomes;
import io.sluice.examples.rolling.WorkerProcess;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A worker is frozen with SIGSTOP, 200 clients connect and send a request each, which only the kernel can take; then
 * the worker is told to stop, and goes on.
 */
@Timeout(120)
class FrozenWorkerIT {
    private static final int CLIENTS = 200;
    private static final int DESCRIPTORS = 128; // The worker itself has some 50 open.
    private static final int REPEATS = 20;
    private static final Pattern ANSWERED = Pattern.compile("\"answered\":(\\d+),");

    private static int answeredInDrains;

    @RepeatedTest(REPEATS)
    void everybodyInTheQueueIsAnswered() throws Exception {
        assertAllAnswered("--stop-timeout-ms", "5000");
    }

    @ParameterizedTest(name = "stop timeout {0} ms, GracefulHandler {1}, acceptors {2}, protocol {3}")
    @CsvSource({"0, false, 1, http", "0, true, 0, http", "5000, false, 2, http", "5000, true, 1, h2c"})
    void whateverTheConfiguration(String stopTimeout, String gracefulHandler, String acceptors, String protocol)
            throws Exception {
        assertAllAnswered(
                "--stop-timeout-ms", stopTimeout,
                "--graceful-handler", gracefulHandler,
                "--acceptors", acceptors,
                "--protocol", protocol);
    }

    /** There are fewer descriptors than clients: as connections are answered they come free for the rest of the queue. */
    @Test
    void descriptorsMayRunOut() throws Exception {
        try (WorkerProcess worker = Workers.startAt(List.of("prlimit", "--nofile=" + DESCRIPTORS), 0, "draining")) {
            Outcomes outcomes = stopWhileFrozen(worker);

            assertEquals(CLIENTS, outcomes.count(Outcome.OK), outcomes + " " + worker.drained());
        }
    }

    /** The stock connector loses most of them: the tests above see the bug. */
    @Test
    void theStockConnectorLosesThem() throws Exception {
        try (WorkerProcess worker = Workers.start("stock")) {
            Outcomes outcomes = stopWhileFrozen(worker);

            assertTrue(outcomes.lost() > 0, outcomes::toString);
        }
    }

    private static void assertAllAnswered(String... options) throws Exception {
        try (WorkerProcess worker = Workers.start("draining", options)) {
            Outcomes outcomes = stopWhileFrozen(worker);

            assertEquals(CLIENTS, outcomes.count(Outcome.OK), outcomes::toString);
            String report = worker.drained().orElseThrow();
            assertTrue(report.contains("\"unanswered\":0,\"lost\":0,"), report);
            assertTrue(answered(report) <= CLIENTS, report);
            answeredInDrains += answered(report);
        }
    }

    private static int answered(String report) {
        Matcher matcher = ANSWERED.matcher(report);
        assertTrue(matcher.find(), report);
        return Integer.parseInt(matcher.group(1));
    }

    /** The acceptors may be faster than one stop, but not than all. */
    @AfterAll
    static void theDrainsHaveServedSomebody() {
        assertTrue(answeredInDrains >= CLIENTS, "only " + answeredInDrains);
    }

    private static Outcomes stopWhileFrozen(WorkerProcess worker) throws Exception {
        worker.signal("STOP");
        BurstClient burst = BurstClient.start(Workers.address(worker), CLIENTS, Duration.ofSeconds(20));
        assertTrue(burst.awaitSent(Workers.LIMIT), "the kernel did not take all connections");
        worker.terminate();
        worker.signal("CONT");
        Outcomes outcomes = burst.outcomes();
        worker.awaitExit(Workers.LIMIT);
        return outcomes;
    }
}
