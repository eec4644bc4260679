package io.sluice.examples.rolling;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class KeepAliveClientTest {
    private static final Duration LONG = Duration.ofSeconds(30);

    private final AtomicInteger connections = new AtomicInteger();
    private volatile String headers = "";
    private ServerSocket server;
    private Client client;

    /** A server that keeps each connection, and serves one after the other ends. */
    @BeforeEach
    void listen() throws IOException {
        server = new ServerSocket(0, 50, InetAddress.getByName("127.0.0.1"));
        client = new KeepAliveClient(Transport.PLAIN, (InetSocketAddress) server.getLocalSocketAddress());
        Thread thread = new Thread(this::serve, "server");
        thread.setDaemon(true);
        thread.start();
    }

    private void serve() {
        try {
            while (true) {
                try (Socket socket = server.accept()) {
                    connections.incrementAndGet();
                    answer(socket);
                }
            }
        } catch (IOException x) {
            // Closed.
        }
    }

    private void answer(Socket socket) throws IOException {
        BufferedReader request =
                new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));
        for (String line = request.readLine(); line != null; line = request.readLine()) {
            if (line.isEmpty() && headers != null) {
                String response = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n" + headers + "\r\nok\n";
                socket.getOutputStream().write(response.getBytes(StandardCharsets.US_ASCII));
            } else if (line.isEmpty()) {
                return;
            }
        }
    }

    @AfterEach
    void close() throws IOException {
        server.close();
    }

    @Test
    void aConnectionServesManyRequests() {
        for (int i = 0; i < 10; i++) {
            assertEquals(Outcome.OK, client.get(LONG));
        }
        assertEquals(1, connections.get());
    }

    @Test
    void oneThatTheServerWillCloseIsNotUsedAgain() {
        headers = "Connection: keep-alive, close\r\n";
        assertEquals(Outcome.OK, client.get(LONG));
        assertEquals(Outcome.OK, client.get(LONG));
        assertEquals(2, connections.get());
    }

    /** The server may be about to close it. */
    @Test
    void oneThatWasIdleForLongIsNotUsedAgain() throws Exception {
        assertEquals(Outcome.OK, client.get(LONG));
        TimeUnit.MILLISECONDS.sleep(600);
        assertEquals(Outcome.OK, client.get(LONG));
        assertEquals(2, connections.get());
    }

    /** A client that repeats lost requests would hide what this is here to see. */
    @Test
    void aLostRequestIsNotRepeated() {
        assertEquals(Outcome.OK, client.get(LONG));
        headers = null;
        assertEquals(Outcome.RESET, client.get(LONG));
        assertEquals(1, connections.get());
    }

    @Test
    void nobodyListeningIsRefused() throws Exception {
        try (ReservedPort nobody = ReservedPort.any()) {
            assertEquals(Outcome.REFUSED, new KeepAliveClient(Transport.PLAIN, nobody.address()).get(LONG));
        }
    }
}
