package io.sluice.it.clients;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

class WrkOutputTest {
    private static Tally tally(int exitCode, String output) {
        return new WrkOutput().tally(new RunningProgram.Ended(exitCode, output));
    }

    @Test
    void linesOfErrorsAreOnlyThereIfThereAreErrors() {
        Tally tally = tally(0, """
                Running 10m test @ http://127.0.0.1:18301/
                  1 threads and 16 connections
                  Thread Stats   Avg      Stdev     Max   +/- Stdev
                    Latency     6.27ms   16.54ms 182.09ms   97.07%
                    Req/Sec     4.45k     1.30k    6.24k    60.87%
                  30672 requests in 7.02s, 4.42MB read
                Requests/sec:   4367.98
                Transfer/sec:    644.31KB
                """);
        assertEquals(new Tally(30672, 0, 0, 0), tally);
    }

    @Test
    void socketErrorsAndBadAnswersAreCounted() {
        Tally tally = tally(0, """
                  30672 requests in 7.02s, 4.42MB read
                  Socket errors: connect 1, read 5, write 2, timeout 4
                  Non-2xx or 3xx responses: 3
                Requests/sec:   4367.98
                """);
        assertEquals(
                new Tally(
                        30672,
                        3,
                        8,
                        4,
                        List.of("Socket errors: connect 1, read 5, write 2, timeout 4", "Non-2xx or 3xx responses: 3")),
                tally);
    }

    @Test
    void nobodyListens() {
        String words = "unable to connect to 127.0.0.1:18501 Connection refused";
        assertEquals(Tally.error("wrk: " + words), tally(1, words + "\n"));
    }
}
