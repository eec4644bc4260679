package io.sluice.it.clients;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

class H2loadOutputTest {
    private static Tally tally(String output) {
        return new H2loadOutput().tally(new RunningProgram.Ended(0, output));
    }

    @Test
    void noFailures() {
        assertEquals(new Tally(8000, 0, 0, 0), tally("""
                finished in 2.76s, 2898.94 req/s, 96.48KB/s
                requests: 8000 total, 8000 started, 8000 done, 8000 succeeded, 0 failed, 0 errored, 0 timeout
                status codes: 8000 2xx, 0 3xx, 0 4xx, 0 5xx
                """));
    }

    /** All that has no good answer is failed, a bad status too. */
    @Test
    void aGoawayEndsAConnection() {
        String requests =
                "requests: 8000 total, 7481 started, 7481 done, 7466 succeeded, 534 failed, 529 errored, 0 timeout";
        Tally tally = tally(requests + "\nstatus codes: 7466 2xx, 0 3xx, 0 4xx, 5 5xx\n");
        assertEquals(new Tally(8000, 5, 529, 0, List.of(requests)), tally);
    }

    @Test
    void onlyServerErrorsAreHeldAgainstTheServer() {
        Tally tally = new Tally(8000, 5, 529, 1);
        assertEquals(5, Client.Verdict.SERVER_ERRORS.lost(tally));
        assertEquals(535, Client.Verdict.ALL.lost(tally));
    }

    @Test
    void withoutASummaryThereIsAnError() {
        assertEquals(Tally.error("h2load: starting benchmark..."), tally("starting benchmark...\n"));
    }
}
