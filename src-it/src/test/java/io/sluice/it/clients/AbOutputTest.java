package io.sluice.it.clients;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

class AbOutputTest {
    private static final String HEAD = """
            This is ApacheBench, Version 2.3 <$Revision$>

            Benchmarking 127.0.0.1 (be patient).....""";

    private static Tally tally(int exitCode, String output) {
        return new AbOutput().tally(new RunningProgram.Ended(exitCode, HEAD + output));
    }

    @Test
    void noFailures() {
        assertEquals(new Tally(4000, 0, 0, 0), tally(0, """
                done

                Complete requests:      4000
                Failed requests:        0
                Keep-Alive requests:    4000
                """));
    }

    /** The page of a 503 has another length, for which ab counts it again. */
    @Test
    void aBadStatusIsCountedOnce() {
        Tally tally = tally(0, """
                done

                Complete requests:      4000
                Failed requests:        6
                   (Connect: 0, Receive: 0, Length: 6, Exceptions: 0)
                Non-2xx responses:      6
                Keep-Alive requests:    3994
                """);
        assertEquals(new Tally(4000, 6, 0, 0, 6, List.of("Non-2xx responses")), tally);
    }

    /** Of eight connections that nginx has closed between two requests; seen with each of its reloads. */
    @Test
    void aConnectionThatHasEndedIsCountedOnce() {
        Tally tally = tally(0, """
                done

                Complete requests:      3000
                Failed requests:        16
                   (Connect: 0, Receive: 0, Length: 8, Exceptions: 8)
                Keep-Alive requests:    2992
                """);
        assertEquals(8, tally.errors());
        assertEquals(8, tally.openedAgain());
    }

    /** Only what is failed twice is counted once. */
    @Test
    void anExceptionByItselfIsAnError() {
        assertEquals(5, tally(0, """
                done

                Complete requests:      3000
                Failed requests:        7
                   (Connect: 0, Receive: 0, Length: 2, Exceptions: 5)
                """).errors());
    }

    @Test
    void failuresThatAreNoBadStatusAreErrors() {
        Tally tally = tally(0, """
                done

                Complete requests:      4000
                Failed requests:        9
                   (Connect: 0, Receive: 2, Length: 7, Exceptions: 0)
                Non-2xx responses:      6
                """);
        assertEquals(6, tally.serverErrors());
        assertEquals(3, tally.errors());
        assertEquals(
                List.of("Failed requests: Connect: 0, Receive: 2, Length: 7, Exceptions: 0", "Non-2xx responses"),
                tally.words());
    }

    @Test
    void theFirstErrorOfASocketEndsIt() {
        Tally tally = tally(104, """
                apr_socket_recv: Connection reset by peer (104)
                Total of 20 requests completed
                """);
        assertEquals(new Tally(21, 0, 1, 0, List.of("apr_socket_recv: Connection reset by peer (104)")), tally);
    }

    @Test
    void nobodyListens() {
        String words = "apr_socket_recv: Connection refused (111)";
        assertEquals(Tally.error(words), tally(111, words + "\n"));
    }

    @Test
    void anAnswerDoesNotCome() {
        String words = "apr_pollset_poll: The timeout specified has expired (70007)";
        assertEquals(Tally.timeout(words), tally(119, words + "\n"));
    }
}
