package io.sluice;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Stream;
import org.eclipse.jetty.http2.server.HTTP2CServerConnectionFactory;
import org.eclipse.jetty.server.ConnectionFactory;
import org.eclipse.jetty.server.DetectorConnectionFactory;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.ProxyConnectionFactory;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.SslConnectionFactory;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Connections that a proxy introduces, or whose protocol has to be found out first. */
@Tag("slow")
@Timeout(60)
class ProxyProtocolTest {
    private static final String CLIENT = "192.0.2.7";
    private static Tls tls;

    /** What a proxy says about its client, RFC-like text or bytes. */
    enum Header {
        V1 {
            @Override
            byte[] bytes() {
                return "PROXY TCP4 %s 192.0.2.1 4711 80\r\n".formatted(CLIENT).getBytes(StandardCharsets.US_ASCII);
            }
        },
        V2 {
            @Override
            byte[] bytes() {
                return ByteBuffer.allocate(28)
                        .put(new byte[] {13, 10, 13, 10, 0, 13, 10, 'Q', 'U', 'I', 'T', 10})
                        .put((byte) 0x21) // Version 2, on behalf of a client.
                        .put((byte) 0x11) // TCP over IPv4.
                        .putShort((short) 12)
                        .put(new byte[] {(byte) 192, 0, 2, 7})
                        .put(new byte[] {(byte) 192, 0, 2, 1})
                        .putShort((short) 4711)
                        .putShort((short) 80)
                        .array();
            }
        };

        abstract byte[] bytes();
    }

    @BeforeAll
    static void makeCertificate(@TempDir Path directory) throws Exception {
        tls = new Tls(directory);
    }

    static Stream<Arguments> headersAndBytes() {
        return Stream.of(Header.values())
                .flatMap(header -> Stream.of(0, 1, 14, 1000).map(bytes -> Arguments.of(header, bytes)));
    }

    /** Nothing, a part or the whole of the header is there before the drain, the rest and the request come in it. */
    @ParameterizedTest(name = "{0}, {1} bytes")
    @MethodSource("headersAndBytes")
    void aHeaderUnderWayIsFollowedByAnAnswer(Header header, int before) throws Exception {
        Queue<String> remotes = new ConcurrentLinkedQueue<>();
        try (TestServer server = server(5000, behindProxy())) {
            server.onRequest(request -> remotes.add(Request.getRemoteAddr(request)));
            TestClient client = TestClient.connect(server.port());
            byte[] bytes = header.bytes();
            int split = Math.min(before, bytes.length);
            client.send(Arrays.copyOf(bytes, split));
            Stopping stopping = Stopping.server(server);

            client.send(Arrays.copyOfRange(bytes, split, bytes.length));
            client.send(TestClient.GET);

            assertAnsweredWithClose(client.readToEnd());
            assertEquals(List.of(CLIENT), List.copyOf(remotes));
            assertLossless(stopping, server);
        }
    }

    /** Half of a header is there, the rest comes after the grace. */
    @ParameterizedTest
    @EnumSource
    void halfAHeaderIsWaitedFor(Header header) throws Exception {
        try (TestServer server = server(200, behindProxy())) {
            TestClient client = TestClient.connect(server.port());
            byte[] bytes = header.bytes();
            client.send(Arrays.copyOf(bytes, 14));
            TestClient silent = TestClient.connect(server.port());
            Stopping stopping = Stopping.server(server);
            assertEquals("", silent.readToEnd()); // The grace is over.

            client.send(Arrays.copyOfRange(bytes, 14, bytes.length));
            client.send(TestClient.GET);

            assertAnsweredWithClose(client.readToEnd());
            assertLossless(stopping, server);
        }
    }

    /** Headers and requests that wait in the accept queue. */
    @ParameterizedTest
    @EnumSource
    void queuedConnectionsAreAnswered(Header header) throws Exception {
        try (TestServer server = server(5000, behindProxy())) {
            server.connector.setAccepting(false);
            List<TestClient> clients = new ArrayList<>();
            for (int i = 0; i < 10; i++) {
                TestClient client = TestClient.connect(server.port());
                client.send(header.bytes());
                client.send(TestClient.GET);
                clients.add(client);
            }
            Stopping stopping = Stopping.server(server);

            for (TestClient client : clients) {
                assertAnsweredWithClose(client.readToEnd());
            }
            assertLossless(stopping, server);
            assertEquals(10, server.report().answered(), server.report().toJson());
        }
    }

    /** A connection behind a proxy that is kept alive has its next request answered. */
    @ParameterizedTest
    @EnumSource
    void theNextRequestIsAnswered(Header header) throws Exception {
        try (TestServer server = server(5000, behindProxy())) {
            TestClient client = TestClient.connect(server.port());
            client.send(header.bytes());
            client.send(TestClient.GET);
            assertTrue(TestClient.isAnswered(client.readResponse()));
            Stopping stopping = Stopping.server(server);

            client.send(TestClient.GET);

            assertAnsweredWithClose(client.readToEnd());
            assertLossless(stopping, server);
        }
    }

    /** One port for HTTP and HTTPS, found out in the drain by the first bytes. */
    @ParameterizedTest(name = "TLS: {0}")
    @ValueSource(booleans = {true, false})
    void aProtocolFoundOutInTheDrainIsServed(boolean secure) throws Exception {
        try (TestServer server = server(5000, eitherWay())) {
            Socket socket = TestClient.connected(new Socket(), server.port());
            Stopping stopping = Stopping.server(server);

            TestClient client = TestClient.of(secure ? tls.client(socket) : socket);
            client.send(TestClient.GET);

            assertAnsweredWithClose(client.readToEnd());
            assertLossless(stopping, server);
        }
    }

    /** The same with a connection that is kept alive, and with one that stays silent. */
    @ParameterizedTest(name = "TLS: {0}")
    @ValueSource(booleans = {true, false})
    void whoIsIdleBehindADetectorIsClosedAfterTheGrace(boolean secure) throws Exception {
        try (TestServer server = server(300, eitherWay())) {
            Socket socket = TestClient.connected(new Socket(), server.port());
            TestClient client = TestClient.of(secure ? tls.client(socket) : socket);
            client.send(TestClient.GET);
            assertTrue(TestClient.isAnswered(client.readResponse()));
            TestClient silent = TestClient.connect(server.port());
            Stopping stopping = Stopping.server(server);

            assertEquals("", silent.readToEnd());
            assertEquals("", client.readToEnd());

            assertTrue(stopping.millisSoFar() >= 300, "closed before the grace was over");
            assertLossless(stopping, server);
            assertEquals(2, server.report().idleClosed(), server.report().toJson());
        }
    }

    /** What follows the header. */
    enum Inside {
        HTTP_1 {
            @Override
            ConnectionFactory[] factories() {
                return behindProxy();
            }
        },
        /** A client that may go on in HTTP/2 without asking. */
        HTTP_2 {
            @Override
            ConnectionFactory[] factories() {
                HttpConnectionFactory http = new HttpConnectionFactory();
                return new ConnectionFactory[] {
                    new ProxyConnectionFactory(http.getProtocol()),
                    http,
                    new HTTP2CServerConnectionFactory(http.getHttpConfiguration())
                };
            }
        },
        TLS {
            @Override
            ConnectionFactory[] factories() {
                HttpConnectionFactory http = new HttpConnectionFactory();
                SslConnectionFactory ssl = tls.ssl(http.getProtocol());
                return new ConnectionFactory[] {new ProxyConnectionFactory(ssl.getProtocol()), ssl, http};
            }
        };

        abstract ConnectionFactory[] factories();
    }

    static Stream<Arguments> headersAndInsides() {
        return Stream.of(Header.values())
                .flatMap(header -> Stream.of(Inside.values()).map(inside -> Arguments.of(header, inside)));
    }

    /** A proxy that opened a connection in advance: silent as any other. */
    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("headersAndInsides")
    void aHeaderAloneIsNoRequest(Header header, Inside inside) throws Exception {
        try (TestServer server = server(QuietStop.GRACE_MILLIS, inside.factories());
                TestClient client = TestClient.connect(server.port())) {
            client.send(header.bytes());

            QuietStop.assertEndsWithTheGrace(server);

            assertEquals("", client.readToEnd());
        }
    }

    /** The header comes in the drain, and nothing after it. */
    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("headersAndInsides")
    void aHeaderAloneInTheDrainIsNoRequest(Header header, Inside inside) throws Exception {
        try (TestServer server = server(QuietStop.GRACE_MILLIS, inside.factories())) {
            TestClient client = TestClient.connect(server.port());
            Stopping stopping = Stopping.server(server);
            client.send(header.bytes());

            assertEquals("", client.readToEnd());
            assertLossless(stopping, server);
        }
    }

    /** A proxy and its client have shaken hands, and the client asks nothing. */
    @ParameterizedTest
    @EnumSource
    void aHandshakeBehindAHeaderIsNoRequest(Header header) throws Exception {
        try (TestServer server = server(QuietStop.GRACE_MILLIS, Inside.TLS.factories());
                Socket socket = TestClient.connected(new Socket(), server.port())) {
            socket.getOutputStream().write(header.bytes());
            tls.client(socket).startHandshake();

            QuietStop.assertEndsWithTheGrace(server);
        }
    }

    /** Half of a header that is never completed: begun, waited for, and reported. */
    @ParameterizedTest
    @EnumSource
    void halfAHeaderForEverIsReported(Header header) throws Exception {
        try (TestServer server = server(QuietStop.GRACE_MILLIS, behindProxy());
                TestClient client = TestClient.connect(server.port())) {
            ((DrainingServerConnector) server.connector).setDrainTimeout(700);
            client.send(Arrays.copyOf(header.bytes(), 14));

            QuietStop.assertReportsOne(server);
        }
    }

    private static ConnectionFactory[] behindProxy() {
        HttpConnectionFactory http = new HttpConnectionFactory();
        return new ConnectionFactory[] {new ProxyConnectionFactory(http.getProtocol()), http};
    }

    private static ConnectionFactory[] eitherWay() {
        HttpConnectionFactory http = new HttpConnectionFactory();
        SslConnectionFactory ssl = tls.ssl(http.getProtocol());
        return new ConnectionFactory[] {new DetectorConnectionFactory(ssl), http};
    }

    private static TestServer server(long keepAliveGrace, ConnectionFactory... factories) throws Exception {
        TestServer server = new TestServer(running -> new DrainingServerConnector(running, 1, 1, factories));
        ((DrainingServerConnector) server.connector).setKeepAliveGrace(keepAliveGrace);
        return server.start();
    }

    private static void assertAnsweredWithClose(String response) {
        assertTrue(TestClient.isAnswered(response) && TestClient.saysClose(response), response);
    }

    private static void assertLossless(Stopping stopping, TestServer server) throws Exception {
        assertTrue(stopping.millis() < 2500, "the stop waited for a connection that was answered");
        assertTrue(server.report().isLossless(), server.report().toJson());
    }
}
