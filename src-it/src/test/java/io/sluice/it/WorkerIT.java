package io.sluice.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.examples.rolling.BurstClient;
import io.sluice.examples.rolling.Outcome;
import io.sluice.examples.rolling.Outcomes;
import io.sluice.examples.rolling.WorkerProcess;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The worker's command line, and its ways to stop beside SIGTERM. */
@Timeout(120)
class WorkerIT {
    private static final Duration REQUEST_LIMIT = Duration.ofSeconds(20);

    /** A worker that recycles itself in the middle of a burst answers the whole burst and exits with 0. */
    @RepeatedTest(20)
    void maxRequestsStopsAfterAnsweringEverybody() throws Exception {
        try (WorkerProcess worker =
                Workers.start("draining", "--max-requests", "5", "--threads", "4", "--delay-ms", "50")) {
            Outcomes outcomes = BurstClient.fire(Workers.address(worker), 30, REQUEST_LIMIT);

            assertEquals(30, outcomes.count(Outcome.OK), outcomes::toString);
            assertEquals(0, worker.awaitExit(Workers.LIMIT));
            assertTrue(worker.drained().orElseThrow().contains("\"unanswered\":0,\"lost\":0,"));
        }
    }

    /** The stock connector answers 503, or nothing, in the same burst. */
    @Test
    void theStockConnectorLosesPartOfTheBurst() throws Exception {
        try (WorkerProcess worker =
                Workers.start("stock", "--max-requests", "5", "--threads", "4", "--delay-ms", "50")) {
            Outcomes outcomes = BurstClient.fire(Workers.address(worker), 30, REQUEST_LIMIT);

            assertTrue(outcomes.lost() > 0, outcomes::toString);
        }
    }

    @Test
    void stopIsAnsweredBeforeTheStop() throws Exception {
        try (WorkerProcess worker = Workers.start("draining")) {
            HttpResponse<String> response = HttpClient.newHttpClient()
                    .send(
                            HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + worker.port() + "/stop"))
                                    .build(),
                            HttpResponse.BodyHandlers.ofString());

            assertEquals(200, response.statusCode());
            assertEquals("stopping " + worker.pid(), response.body().trim());
            assertEquals(0, worker.awaitExit(Workers.LIMIT));
            assertTrue(worker.drained().isPresent());
        }
    }

    @Test
    void sigtermDrains() throws Exception {
        try (WorkerProcess worker = Workers.start("draining", "--strategy", "two-pass")) {
            String ready = worker.output().stream()
                    .filter(line -> line.startsWith("READY"))
                    .findFirst()
                    .orElseThrow();
            assertEquals(
                    "READY pid=%d port=%d connector=draining strategy=two-pass".formatted(worker.pid(), worker.port()),
                    ready);

            worker.terminate();
            worker.awaitExit(Workers.LIMIT);

            assertTrue(
                    worker.drained().orElseThrow().startsWith("{\"reason\":\"server-stop\",\"strategy\":\"two-pass\""));
        }
    }

    /** Exit code 2 and a sentence that names the option, the value and what is allowed. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--bogus      |       | Unknown option: '--bogus'",
                "--port       | 70000 | --port is 70000; allowed is 0 to 65535",
                "--port       | abc   | Invalid value for option '--port': 'abc' is not an int",
                "--strategy   | x     | drainStrategy is 'x'; allowed are",
                "--connector  | x     | expected one of [DRAINING, STOCK]",
                "--protocol   | spdy  | expected one of [HTTP, H2C, HTTPS, H2]",
                "--delay-ms   | -1    | --delay-ms is -1; allowed is 0 to",
                "--max-requests | -1  | --max-requests is -1; allowed is 0 to"
            })
    void badOptionsAreRefused(String option, String value, String sentence) throws Exception {
        try (WorkerProcess worker = value == null ? Workers.run(option) : Workers.run(option, value)) {
            assertEquals(2, worker.awaitExit(Workers.LIMIT));

            String output = String.join("\n", worker.output());
            assertTrue(output.contains(sentence), output);
            assertFalse(output.contains("READY"), output);
        }
    }

    @Test
    void aTakenPortIsExplained() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
                WorkerProcess worker =
                        Workers.run("--host", "127.0.0.1", "--port", Integer.toString(taken.getLocalPort()))) {
            assertEquals(1, worker.awaitExit(Workers.LIMIT));

            String output = String.join("\n", worker.output());
            assertTrue(output.contains("without SO_REUSEPORT"), output);
        }
    }
}
