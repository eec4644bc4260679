package io.sluice;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.net.ssl.SSLSocket;
import org.awaitility.Awaitility;
import org.eclipse.jetty.server.ConnectionFactory;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Clients of HTTP/1.1 over TLS, from those who have not begun to shake hands to those who are kept alive. */
@Timeout(60)
class TlsTest {
    private static final int WHOLE = Integer.MAX_VALUE;
    private static Tls tls;

    /** What the connector speaks. */
    enum Protocols {
        HTTP_1 {
            @Override
            ConnectionFactory[] factories() {
                return tls.http1();
            }
        },
        ALPN {
            @Override
            ConnectionFactory[] factories() {
                return tls.alpn();
            }
        };

        abstract ConnectionFactory[] factories();
    }

    @BeforeAll
    static void makeCertificate(@TempDir Path directory) throws Exception {
        tls = new Tls(directory);
    }

    /** The TCP connection is there, the first byte of the handshake comes within the grace. */
    @ParameterizedTest
    @EnumSource
    void aHandshakeMayBeginInTheDrain(Protocols protocols) throws Exception {
        try (TestServer server = server(protocols, 5000)) {
            SSLSocket client = client(new HeldSocket(), server);
            Stopping stopping = Stopping.server(server);

            client.startHandshake();

            assertLastAnswer(client, stopping, server);
        }
    }

    static Stream<Arguments> beginnings() {
        return Stream.of(Protocols.values())
                .flatMap(protocols -> Stream.of(1, 100, WHOLE).map(bytes -> Arguments.of(protocols, bytes)));
    }

    /** The client's first message, or its beginning, is there; all that follows comes after the grace. */
    @ParameterizedTest(name = "{0}, {1} bytes")
    @MethodSource("beginnings")
    void aHandshakeUnderWayIsWaitedFor(Protocols protocols, int bytes) throws Exception {
        try (TestServer server = server(protocols, 500)) {
            HeldSocket line = new HeldSocket();
            SSLSocket client = client(line, server);
            line.hold(bytes == WHOLE ? 1 : 0, bytes == WHOLE ? 0 : bytes);
            CompletableFuture<Void> handshake = startHandshake(client);
            Awaitility.await().until(line::isHeld);
            Stopping stopping = stopBeyondTheGrace(server);

            line.release();
            handshake.get(10, TimeUnit.SECONDS);

            assertTrue(TestClient.of(client).isLeftAlone(100), "no time for a request after the handshake");
            assertLastAnswer(client, stopping, server);
        }
    }

    /** A client that has shaken hands sends its first request within the grace. */
    @ParameterizedTest
    @EnumSource
    void theFirstRequestAfterAHandshakeIsAnswered(Protocols protocols) throws Exception {
        try (TestServer server = server(protocols, 5000)) {
            SSLSocket client = client(new HeldSocket(), server);
            client.startHandshake();
            Stopping stopping = Stopping.server(server);

            assertLastAnswer(client, stopping, server);
        }
    }

    /** Half of the record with the first request is there, the rest comes after the grace. */
    @ParameterizedTest
    @EnumSource
    void halfARecordIsWaitedFor(Protocols protocols) throws Exception {
        try (TestServer server = server(protocols, 200)) {
            HeldSocket line = new HeldSocket();
            SSLSocket client = client(line, server);
            client.startHandshake();
            line.hold(0, 20);
            TestClient.of(client).send(TestClient.GET);
            Stopping stopping = stopBeyondTheGrace(server);

            line.release();

            assertAnsweredWithClose(TestClient.of(client).readToEnd());
            assertLossless(stopping, server);
        }
    }

    /** The same with the next request of a connection that is kept alive. */
    @ParameterizedTest
    @EnumSource
    void halfARecordOfTheNextRequestIsWaitedFor(Protocols protocols) throws Exception {
        try (TestServer server = server(protocols, 200)) {
            HeldSocket line = new HeldSocket();
            SSLSocket client = keptAlive(line, server);
            line.hold(0, 20);
            TestClient.of(client).send(TestClient.GET);
            Stopping stopping = stopBeyondTheGrace(server);

            line.release();

            assertAnsweredWithClose(TestClient.of(client).readToEnd());
            assertLossless(stopping, server);
        }
    }

    /** A request that is being served when the drain begins. */
    @ParameterizedTest
    @EnumSource
    void aRequestInFlightIsAnswered(Protocols protocols) throws Exception {
        CountDownLatch serving = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        try (TestServer server = server(protocols, 200)) {
            server.onRequest(request -> {
                serving.countDown();
                goOn.await();
            });
            TestClient client = TestClient.of(client(new HeldSocket(), server));
            client.send(TestClient.GET);
            serving.await();
            Stopping stopping = stopBeyondTheGrace(server);
            goOn.countDown();

            assertAnsweredWithClose(client.readToEnd());
            assertLossless(stopping, server);
        }
    }

    /** The next request of a connection that is kept alive comes within the grace. */
    @ParameterizedTest
    @EnumSource
    void theNextRequestIsAnswered(Protocols protocols) throws Exception {
        try (TestServer server = server(protocols, 5000)) {
            SSLSocket client = keptAlive(new HeldSocket(), server);
            Stopping stopping = Stopping.server(server);

            assertLastAnswer(client, stopping, server);
        }
    }

    /** Who shakes hands and asks nothing, or does not even shake hands, or was answered, is closed after the grace. */
    @ParameterizedTest
    @EnumSource
    void whoSaysNothingIsClosedQuietly(Protocols protocols) throws Exception {
        try (CapturedLog log = new CapturedLog();
                TestServer server = server(protocols, 300)) {
            TestClient silent = TestClient.connect(server.port());
            SSLSocket greeted = client(new HeldSocket(), server);
            greeted.startHandshake();
            SSLSocket idle = keptAlive(new HeldSocket(), server);
            Stopping stopping = Stopping.server(server);

            assertEquals("", silent.readToEnd());
            assertTrue(stopping.millisSoFar() >= 300, "closed before the grace was over");
            assertEquals("", TestClient.of(greeted).readToEnd());
            assertEquals("", TestClient.of(idle).readToEnd());

            assertTrue(stopping.millis() < 2500, "the stop was held longer than the grace");
            assertEquals(3, server.report().idleClosed(), server.report().toJson());
            assertTrue(server.report().isLossless(), server.report().toJson());
            assertEquals(List.of(), log.alarms());
        }
    }

    /** Half of the record with the first request, which is never completed: begun, waited for, and reported. */
    @ParameterizedTest
    @EnumSource
    void halfARecordForEverIsReported(Protocols protocols) throws Exception {
        try (TestServer server = server(protocols, 200)) {
            ((DrainingServerConnector) server.connector).setDrainTimeout(700);
            HeldSocket line = new HeldSocket();
            SSLSocket client = client(line, server);
            client.startHandshake();
            line.hold(0, 20);
            TestClient.of(client).send(TestClient.GET);

            QuietStop.assertReportsOne(server);

            line.close();
        }
    }

    /** A client that has agreed on HTTP/2, and says not a word of it, is idle like all others. */
    @Test
    void whoAgreesOnHttp2AndSaysNothingIsClosedQuietly() throws Exception {
        try (TestServer server = server(Protocols.ALPN, QuietStop.GRACE_MILLIS);
                SSLSocket client = tls.client(TestClient.connected(new Socket(), server.port()), "h2")) {
            client.startHandshake();
            assertEquals("h2", client.getApplicationProtocol());

            QuietStop.assertEndsWithTheGrace(server);
        }
    }

    /** Who has shaken hands in the drain, and asks nothing, has another grace and no more. */
    @ParameterizedTest
    @EnumSource
    void aHandshakeInTheDrainIsNoRequest(Protocols protocols) throws Exception {
        try (TestServer server = server(protocols, QuietStop.GRACE_MILLIS);
                SSLSocket client = client(new HeldSocket(), server)) {
            Stopping stopping = Stopping.server(server);
            client.startHandshake();

            assertEquals("", TestClient.of(client).readToEnd());
            assertLossless(stopping, server);
        }
    }

    private static TestServer server(Protocols protocols, long keepAliveGrace) throws Exception {
        TestServer server =
                new TestServer(running -> new DrainingServerConnector(running, 1, 1, protocols.factories()));
        ((DrainingServerConnector) server.connector).setKeepAliveGrace(keepAliveGrace);
        return server.start();
    }

    private static SSLSocket client(HeldSocket line, TestServer server) throws Exception {
        return tls.client(TestClient.connected(line, server.port()), "http/1.1");
    }

    private static SSLSocket keptAlive(HeldSocket line, TestServer server) throws Exception {
        SSLSocket socket = client(line, server);
        TestClient client = TestClient.of(socket);
        client.send(TestClient.GET);
        assertTrue(TestClient.isAnswered(client.readResponse()));
        return socket;
    }

    private static CompletableFuture<Void> startHandshake(SSLSocket client) {
        return CompletableFuture.runAsync(() -> {
            try {
                client.startHandshake();
            } catch (IOException x) {
                throw new UncheckedIOException(x);
            }
        });
    }

    /** Returns when the grace is over, and with it the connection of a client that says nothing. */
    private static Stopping stopBeyondTheGrace(TestServer server) throws Exception {
        TestClient silent = TestClient.connect(server.port());
        Stopping stopping = Stopping.server(server);
        assertEquals("", silent.readToEnd());
        return stopping;
    }

    private static void assertLastAnswer(SSLSocket socket, Stopping stopping, TestServer server) throws Exception {
        TestClient client = TestClient.of(socket);
        client.send(TestClient.GET);
        assertAnsweredWithClose(client.readToEnd());
        assertLossless(stopping, server);
    }

    private static void assertAnsweredWithClose(String response) {
        assertTrue(TestClient.isAnswered(response) && TestClient.saysClose(response), response);
    }

    private static void assertLossless(Stopping stopping, TestServer server) throws Exception {
        assertTrue(stopping.millis() < 2500, "the stop waited for a connection that was answered");
        assertTrue(server.report().isLossless(), server.report().toJson());
    }
}
