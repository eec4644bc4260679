package io.sluice.examples.rolling;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class BurstClientTest {
    private static final Duration LONG = Duration.ofSeconds(30);

    private ServerSocket server;

    @BeforeEach
    void listen() throws IOException {
        server = new ServerSocket(0, 50, InetAddress.getByName("127.0.0.1"));
    }

    @AfterEach
    void close() throws IOException {
        server.close();
    }

    /** What a server does with a connection whose request it has read. */
    @FunctionalInterface
    private interface Answer {
        void to(Socket socket) throws IOException;
    }

    private static Answer text(String response) {
        return socket -> socket.getOutputStream().write(response.getBytes(StandardCharsets.US_ASCII));
    }

    /** The outcome of one request to a server that answers it so and then closes the connection. */
    private Outcome outcomeOf(Answer answer) throws Exception {
        BurstClient burst = BurstClient.start(address(), 1, LONG);
        try (Socket accepted = server.accept()) {
            readRequest(accepted);
            answer.to(accepted);
        }
        return only(burst.outcomes());
    }

    private void readRequest(Socket accepted) throws IOException {
        BufferedReader request =
                new BufferedReader(new InputStreamReader(accepted.getInputStream(), StandardCharsets.US_ASCII));
        assertEquals("GET / HTTP/1.1", request.readLine());
        assertEquals("Host: localhost", request.readLine());
        assertEquals("Connection: close", request.readLine());
        assertEquals("", request.readLine());
    }

    private InetSocketAddress address() {
        return (InetSocketAddress) server.getLocalSocketAddress();
    }

    private static Outcome only(Outcomes outcomes) {
        assertEquals(1, outcomes.total());
        for (Outcome outcome : Outcome.values()) {
            if (outcomes.count(outcome) == 1) {
                return outcome;
            }
        }
        throw new AssertionError(outcomes);
    }

    @Test
    void aCompleteAnswerIsOk() throws Exception {
        assertEquals(Outcome.OK, outcomeOf(text("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok\n")));
    }

    @Test
    void status503IsUnavailable() throws Exception {
        assertEquals(
                Outcome.UNAVAILABLE,
                outcomeOf(text("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")));
    }

    /** A close with linger 0 sends RST. */
    @Test
    void aResetIsReset() throws Exception {
        assertEquals(Outcome.RESET, outcomeOf(socket -> socket.setSoLinger(true, 0)));
    }

    @Test
    void anEndWithoutResponseIsReset() throws Exception {
        assertEquals(Outcome.RESET, outcomeOf(socket -> {}));
    }

    @Test
    void aTruncatedBodyIsReset() throws Exception {
        assertEquals(Outcome.RESET, outcomeOf(text("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok")));
    }

    @Test
    void garbageIsOther() throws Exception {
        assertEquals(Outcome.OTHER, outcomeOf(text("what?\r\n")));
    }

    @Test
    void anEndlessAnswerIsOther() throws Exception {
        String head = "HTTP/1.1 200 OK\r\n\r\n";
        assertEquals(Outcome.OTHER, outcomeOf(text(head + "x".repeat(64 * 1024 - head.length()))));
    }

    @Test
    void nobodyListeningIsRefused() throws Exception {
        try (ReservedPort nobody = ReservedPort.any()) {
            assertEquals(Outcome.REFUSED, only(BurstClient.fire(nobody.address(), 1, LONG)));
        }
    }

    /** The kernel completes the handshake, but nobody accepts. */
    @Test
    void silenceIsTimeout() throws Exception {
        assertEquals(Outcome.TIMEOUT, only(BurstClient.fire(address(), 1, Duration.ofMillis(100))));
    }

    @Test
    void countsEveryClient() throws Exception {
        BurstClient burst = BurstClient.start(address(), 20, LONG);
        assertTrue(burst.awaitSent(LONG));
        for (int client = 0; client < 20; client++) {
            try (Socket accepted = server.accept()) {
                readRequest(accepted);
                if (client < 12) {
                    text("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").to(accepted);
                }
            }
        }
        Outcomes outcomes = burst.outcomes();
        assertEquals("ok 12  reset 8", outcomes.toString());
        assertEquals(8, outcomes.lost());
    }

    /** A client that could not connect has nothing more to send. */
    @Test
    void sentIsAlsoReachedByClientsThatFail() throws Exception {
        try (ReservedPort nobody = ReservedPort.any()) {
            assertTrue(BurstClient.start(nobody.address(), 3, LONG).awaitSent(LONG));
        }
    }
}
