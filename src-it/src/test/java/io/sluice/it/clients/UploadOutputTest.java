package io.sluice.it.clients;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class UploadOutputTest {
    private static final String DIGEST = "ab".repeat(32);

    private static Tally tally(int exitCode, String output) {
        UploadOutput parser = new UploadOutput(new CurlOutput("1.1", 1), DIGEST);
        return parser.tally(new RunningProgram.Ended(exitCode, output));
    }

    @Test
    void theDigestAndTheLengthCountToo() {
        String transfer = "transfer 200 HTTP/1.1 connects 0 exit 0 \n";
        assertEquals(Tally.ok(), tally(0, DIGEST + " 50000000\n" + transfer));
        Tally wrong = Tally.error("200, but the worker received something else");
        assertEquals(wrong, tally(0, DIGEST + " 49999999\n" + transfer));
        assertEquals(wrong, tally(0, DIGEST.replace('a', 'c') + " 50000000\n" + transfer));
    }

    @Test
    void whatFailsAnywayIsCountedOnce() {
        Tally tally = tally(55, "transfer 000 HTTP/0 connects 0 exit 55 Send failure: Broken pipe\n");
        assertEquals(Tally.error("curl: (55) Send failure: Broken pipe"), tally);
    }
}
