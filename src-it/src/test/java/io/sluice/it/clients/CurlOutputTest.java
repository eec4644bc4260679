package io.sluice.it.clients;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

class CurlOutputTest {
    private static Tally tally(String version, int transfers, int exitCode, String output) {
        return new CurlOutput(version, transfers).tally(new RunningProgram.Ended(exitCode, output));
    }

    @Test
    void allTransfersAreAnswered() {
        assertEquals(new Tally(2, 0, 0, 0), tally("2", 2, 0, """
                transfer 200 HTTP/2 connects 0 exit 0\s
                transfer 200 HTTP/2 connects 0 exit 0\s
                """));
    }

    @Test
    void eachTransferFailsInItsOwnWay() {
        Tally tally = tally("1.1", 5, 52, """
                transfer 000 HTTP/0 connects 0 exit 52 Empty reply from server
                transfer 200 HTTP/1.1 connects 0 exit 0\s
                transfer 503 HTTP/1.1 connects 0 exit 0\s
                transfer 000 HTTP/0 connects 0 exit 56 Recv failure: Connection reset by peer
                transfer 000 HTTP/0 connects 0 exit 28 Operation timed out after 2000 milliseconds with 0 bytes received
                """);
        assertEquals(
                new Tally(
                        5,
                        1,
                        2,
                        1,
                        List.of(
                                "curl: (52) Empty reply from server",
                                "status 503",
                                "curl: (56) Recv failure: Connection reset by peer",
                                "curl: (28) Operation timed out after 2000 milliseconds with 0 bytes received")),
                tally);
    }

    @Test
    void allConnectionsButTheFirstAreOpenedAgain() {
        assertEquals(2, tally("1.1", 4, 0, """
                transfer 200 HTTP/1.1 connects 1 exit 0\s
                transfer 200 HTTP/1.1 connects 0 exit 0\s
                transfer 200 HTTP/1.1 connects 1 exit 0\s
                transfer 200 HTTP/1.1 connects 1 exit 0\s
                """).openedAgain());
    }

    @Test
    void aBodyThatBreaksOffIsAnErrorInSpiteOfItsStatus() {
        String line = "transfer 200 HTTP/1.1 connects 0 exit 18 transfer closed with 10000 bytes remaining to read\n";
        assertEquals(
                Tally.error("curl: (18) transfer closed with 10000 bytes remaining to read"),
                tally("1.1", 1, 18, line));
    }

    @Test
    void anotherVersionOfHttpIsAnError() {
        assertEquals(
                Tally.error("HTTP/1.1 instead of HTTP/2"),
                tally("2", 1, 0, "transfer 200 HTTP/1.1 connects 0 exit 0 \n"));
    }

    @Test
    void transfersThatAreMissingAreErrors() {
        Tally tally = tally("2", 3, 139, "transfer 200 HTTP/2 connects 0 exit 0 \n");
        assertEquals(
                new Tally(3, 0, 2, 0, List.of("curl ended with 139: transfer 200 HTTP/2 connects 0 exit 0")), tally);
    }

    @Test
    void aProgramThatHangsIsATimeout() {
        Tally tally = new CurlOutput("2", 3).tallyOf(new RunningProgram.Ended(false, -1, ""));
        assertEquals(Tally.timeout("the program hung: (no output)"), tally);
    }
}
