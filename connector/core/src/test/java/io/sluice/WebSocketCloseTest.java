package io.sluice;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.Http2Client.Stream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.eclipse.jetty.http2.server.HTTP2CServerConnectionFactory;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.handler.GracefulHandler;
import org.eclipse.jetty.websocket.api.Session;
import org.eclipse.jetty.websocket.server.WebSocketUpgradeHandler;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** WebSocket sessions are told that their server goes away, and do not hold its stop. */
@Timeout(60)
class WebSocketCloseTest {
    private static final int GOING_AWAY = 1001;
    private static final String UPGRADE = "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\n"
            + "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n";

    /** An open session, with and without Jetty's own graceful shutdown behind the drain. */
    @ParameterizedTest(name = "stop timeout {0} ms, GracefulHandler {1}")
    @CsvSource({"0, false", "5000, false", "5000, true"})
    void anOpenSessionIsTold(long stopTimeout, boolean graceful) throws Exception {
        try (TestServer server = server(session -> {})) {
            if (graceful) {
                server.server.setHandler(new GracefulHandler(server.server.getHandler()));
            }
            server.withStopTimeout(stopTimeout).start();
            CloseCode closeCode = new CloseCode();
            webSocket(server, closeCode);

            Stopping stopping = Stopping.server(server);

            assertEquals(GOING_AWAY, closeCode.get());
            assertTrue(stopping.millis() < 2500, "the session held the stop");
            assertTrue(server.report().isLossless(), server.report().toJson());
        }
    }

    /** A session of which the upgrade waits in the accept queue. */
    @Test
    void aSessionOpenedInTheDrainIsTold() throws Exception {
        try (TestServer server = server(session -> {}).start()) {
            server.connector.setAccepting(false);
            CloseCode closeCode = new CloseCode();
            CompletableFuture<WebSocket> opening = openWebSocket(server, closeCode);
            TestClient raw = TestClient.connect(server.port());
            raw.send(UPGRADE);
            DrainingServerConnector connector = (DrainingServerConnector) server.connector;
            Awaitility.await().atMost(10, TimeUnit.SECONDS).until(() -> connector.getAcceptQueueLength() != 1);

            Stopping stopping = Stopping.server(server);

            assertUpgraded(raw);
            assertCloseFrame(raw);
            opening.get(10, TimeUnit.SECONDS);
            assertEquals(GOING_AWAY, closeCode.get());
            assertTrue(stopping.millis() < 2500, "the session held the stop");
            assertTrue(server.report().isLossless(), server.report().toJson());
        }
    }

    /** A handshake under way is all that the drain waits for: its response says what it must, and nothing of an end. */
    @Test
    void aHandshakeUnderWayIsNotSpoilt() throws Exception {
        CountDownLatch upgrading = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        try (TestServer server = new TestServer(TestServer::draining)) {
            server.server.setHandler(WebSocketUpgradeHandler.from(
                    server.server,
                    container -> container.addMapping("/", (q, r, callback) -> {
                        upgrading.countDown();
                        goOn.await();
                        return new Application(session -> {});
                    })));
            server.start();
            TestClient client = TestClient.connect(server.port());
            client.send(UPGRADE);
            upgrading.await();
            TestClient silent = TestClient.connect(server.port());
            Stopping stopping = Stopping.server(server);
            silent.readToEnd(); // Its grace is over: the drain waits for the handshake alone.
            assertTrue(client.isLeftAlone(100));
            goOn.countDown();

            String response = head(client);
            assertTrue(response.startsWith("HTTP/1.1 101") && !response.contains("close"), response);
            assertCloseFrame(client);
            assertTrue(stopping.millis() < 3500, "the session held the stop");
        }
    }

    /** A session whose application is still busy opening it when the drain meets the connection. */
    @Test
    void aSessionThatTakesItsTimeToOpenIsTold() throws Exception {
        CountDownLatch opening = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        try (TestServer server = server(session -> {
            opening.countDown();
            goOn.await();
        })) {
            ((DrainingServerConnector) server.connector).setKeepAliveGrace(1500);
            server.start();
            TestClient client = TestClient.connect(server.port());
            upgrade(client);
            opening.await();
            TestClient other = TestClient.connect(server.port());
            other.send(TestClient.GET);
            assertTrue(TestClient.isAnswered(other.readResponse()));
            Stopping.server(server);
            other.send(TestClient.GET);
            other.readToEnd(); // The drain has looked at the connections by now.
            assertTrue(client.isLeftAlone(100));
            goOn.countDown();

            assertCloseFrame(client);
        }
    }

    /** A session over HTTP/2 (RFC 8441) is a stream that would never end by itself. */
    @Test
    void aSessionOverHttp2IsTold() throws Exception {
        HttpConnectionFactory http = new HttpConnectionFactory();
        try (TestServer server = new TestServer(running -> new DrainingServerConnector(
                running, 1, 1, http, new HTTP2CServerConnectionFactory(http.getHttpConfiguration())))) {
            CountDownLatch open = new CountDownLatch(1);
            server.server.setHandler(handler(server, session -> open.countDown()));
            server.start();
            Http2Client client = Http2Client.connect(server.port());
            client.readUntil(client::isSettingsSeen);
            Stream stream = client.connectWebSocket();
            client.readUntil(stream::is200);
            open.await();

            Stopping stopping = Stopping.server(server);
            client.readUntil(() -> stream.body().length >= 4);

            assertTrue(stopping.millisSoFar() < 2500, "told late: " + stopping.millisSoFar() + " ms");
            byte[] frame = stream.body();
            assertEquals(0x88, frame[0] & 0xFF, "no close frame");
            assertEquals(GOING_AWAY, (frame[2] & 0xFF) << 8 | frame[3] & 0xFF);
            client.close();
            stopping.millis();
        }
    }

    /** A drain of the connector alone leaves the sessions to their server, until they have been silent for the grace. */
    @Test
    void aSilentSessionIsClosedAfterTheGraceWithItsConnector() throws Exception {
        try (TestServer server = server(session -> {})) {
            ((DrainingServerConnector) server.connector).setKeepAliveGrace(300);
            server.start();
            TestClient client = TestClient.connect(server.port());
            upgrade(client);
            client.send(new byte[] {(byte) 0x89, (byte) 0x80, 0, 0, 0, 0}); // A ping.
            assertArrayEquals(new byte[] {(byte) 0x8A, 0}, client.in().readNBytes(2));

            Stopping stopping = Stopping.of(server, server.connector::stop);

            String rest = client.readToEnd();
            assertFalse(rest.contains("HTTP/1.1"), rest);
            assertTrue(stopping.millisSoFar() >= 250, "closed before the grace was over");
            assertTrue(stopping.millis() < 2500, "the stop was held longer than the grace");
        }
    }

    /** What an application does with a session that opens. */
    public interface Opening {
        void opened(Session session) throws Exception;
    }

    /** The application's end of a session. */
    public record Application(Opening opening) implements Session.Listener.AutoDemanding {
        @Override
        public void onWebSocketOpen(Session session) {
            try {
                opening.opened(session);
            } catch (Exception x) {
                throw new IllegalStateException(x);
            }
        }
    }

    private static TestServer server(Opening opening) {
        TestServer server = new TestServer(TestServer::draining);
        server.server.setHandler(handler(server, opening));
        return server;
    }

    private static WebSocketUpgradeHandler handler(TestServer server, Opening opening) {
        WebSocketUpgradeHandler handler = WebSocketUpgradeHandler.from(
                server.server,
                container -> container.addMapping("/", (request, response, callback) -> new Application(opening)));
        handler.setHandler(server.server.getHandler());
        return handler;
    }

    private static void webSocket(TestServer server, CloseCode closeCode) throws Exception {
        openWebSocket(server, closeCode).get(10, TimeUnit.SECONDS);
    }

    private static CompletableFuture<WebSocket> openWebSocket(TestServer server, CloseCode closeCode) {
        return HttpClient.newHttpClient()
                .newWebSocketBuilder()
                .buildAsync(URI.create("ws://127.0.0.1:" + server.port() + "/"), closeCode);
    }

    /** The server's last frame, unmasked, before it ends the connection or waits for the client's. */
    private static void assertCloseFrame(TestClient client) throws Exception {
        byte[] frame = client.in().readNBytes(4);
        assertEquals(4, frame.length, "no close frame");
        assertEquals(0x88, frame[0] & 0xFF, "no close frame");
        assertEquals(GOING_AWAY, (frame[2] & 0xFF) << 8 | frame[3] & 0xFF);
        client.close();
    }

    private static void upgrade(TestClient client) throws Exception {
        client.send(UPGRADE);
        assertUpgraded(client);
    }

    private static void assertUpgraded(TestClient client) throws Exception {
        String head = head(client);
        assertTrue(head.startsWith("HTTP/1.1 101"), head);
    }

    private static String head(TestClient client) throws Exception {
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            head.append((char) client.in().read());
        }
        return head.toString();
    }

    /** Waits for the server's close frame. */
    private static final class CloseCode implements WebSocket.Listener {
        private final CompletableFuture<Integer> code = new CompletableFuture<>();

        @Override
        public CompletionStage<?> onClose(WebSocket webSocket, int statusCode, String reason) {
            code.complete(statusCode);
            return null;
        }

        @Override
        public void onError(WebSocket webSocket, Throwable error) {
            code.completeExceptionally(error);
        }

        int get() throws Exception {
            return code.get(10, TimeUnit.SECONDS);
        }
    }
}
