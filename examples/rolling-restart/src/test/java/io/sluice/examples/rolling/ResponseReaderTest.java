package io.sluice.examples.rolling;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Optional;
import org.junit.jupiter.api.Test;

class ResponseReaderTest {
    private static final String OK_HEAD = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n";

    private static void assertOutcome(Outcome expected, String received, boolean ended) {
        assertEquals(Optional.ofNullable(expected), ResponseReader.outcome(received, ended), received);
    }

    /** Whatever is cut off, the answer is undecided as long as the stream is open, and lost once it has ended. */
    @Test
    void everyPrefixIsUndecidedUntilTheStreamEnds() {
        String response = OK_HEAD + "ok\n";
        for (int length = 0; length < response.length(); length++) {
            assertOutcome(null, response.substring(0, length), false);
            assertOutcome(Outcome.RESET, response.substring(0, length), true);
        }
        assertOutcome(Outcome.OK, response, false);
        assertOutcome(Outcome.OK, response, true);
    }

    @Test
    void theStatusDecides() {
        assertOutcome(Outcome.UNAVAILABLE, "HTTP/1.1 503 Service Unavailable\r\ncontent-length:0\r\n\r\n", false);
        assertOutcome(Outcome.OTHER, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", false);
        assertOutcome(Outcome.OK, "HTTP/1.0 200\r\nContent-Length: 0\r\n\r\n", false);
    }

    @Test
    void withoutLengthTheEndOfTheStreamIsTheEndOfTheBody() {
        assertOutcome(null, "HTTP/1.1 200 OK\r\n\r\nok", false);
        assertOutcome(Outcome.OK, "HTTP/1.1 200 OK\r\n\r\nok", true);
    }

    @Test
    void aChunkedBodyNeedsItsLastChunk() {
        String cut = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nok\n\r\n";
        assertOutcome(Outcome.RESET, cut, true);
        assertOutcome(null, cut + "0\r\n\r\n", false);
        assertOutcome(Outcome.OK, cut + "0\r\n\r\n", true);
    }

    @Test
    void whatIsNoHttpIsOther() {
        assertOutcome(Outcome.OTHER, "SSH-2.0-x\r\n", false);
        assertOutcome(Outcome.OTHER, "HTTP/1.1 twohundred\r\n\r\n", false);
        assertOutcome(Outcome.OTHER, "HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n", false);
    }

    @Test
    void aResponseMayEndItsConnection() {
        assertTrue(ResponseReader.keepsConnection(OK_HEAD + "ok\n"));
        assertTrue(ResponseReader.keepsConnection("HTTP/1.1 200 OK\r\nX-Connection: close\r\n\r\n"));
        assertTrue(ResponseReader.keepsConnection(OK_HEAD + "\r\nConnection: close\r\n"), "in the body");
        assertFalse(ResponseReader.keepsConnection("HTTP/1.1 200 OK\r\nconnection: Close\r\n\r\n"));
        assertFalse(ResponseReader.keepsConnection("what?"));
        assertFalse(ResponseReader.keepsConnection("HTTP/1.1 200 OK\r\nConnection: x, close\r\n\r\n"));
    }
}
