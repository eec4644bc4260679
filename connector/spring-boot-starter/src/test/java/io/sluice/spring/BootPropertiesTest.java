package io.sluice.spring;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.DrainReport;
import io.sluice.DrainingServerConnector;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.NetworkConnectionLimit;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Spring Boot's own properties mean with a draining connector what they mean without. */
@Timeout(60)
class BootPropertiesTest {
    private static final String[] TLS = {
        "server.ssl.key-store=classpath:localhost-example.p12",
        "server.ssl.key-store-type=PKCS12",
        "server.ssl.key-store-password=example"
    };

    @Test
    void addressAndPort() {
        TestApplication.runner().run(context -> {
            DrainingServerConnector connector = TestApplication.connector(context, DrainingServerConnector.class);
            assertEquals("127.0.0.1", connector.getHost());
            assertEquals(0, connector.getPort());
            assertTrue(connector.getLocalPort() > 0);
            assertEquals(connector.getLocalPort(), TestApplication.port(context));
        });
    }

    @Test
    void tls() {
        TestApplication.runner().withPropertyValues(TLS).run(context -> {
            HttpResponse<String> response = get("https", TestApplication.port(context));
            assertEquals("ok https", response.body());
            assertEquals(HttpClient.Version.HTTP_1_1, response.version());
            TestApplication.connector(context, DrainingServerConnector.class);
        });
    }

    @Test
    void sslBundle() {
        TestApplication.runner()
                .withPropertyValues(
                        "spring.ssl.bundle.jks.web.keystore.location=classpath:localhost-example.p12",
                        "spring.ssl.bundle.jks.web.keystore.password=example",
                        "spring.ssl.bundle.jks.web.key.alias=localhost",
                        "server.ssl.bundle=web")
                .run(context -> {
                    assertEquals(
                            "ok https",
                            get("https", TestApplication.port(context)).body());
                    TestApplication.connector(context, DrainingServerConnector.class);
                });
    }

    /** Spring Boot has a connector of its own for TLS, for the sake of this. */
    @Test
    void anUnknownKeyAliasFailsTheStart() {
        TestApplication.runner()
                .withPropertyValues(TLS)
                .withPropertyValues("server.ssl.key-alias=nobody")
                .run(context -> {
                    Throwable root = Stream.iterate(context.getStartupFailure(), x -> x != null, Throwable::getCause)
                            .reduce((first, last) -> last)
                            .orElseThrow();
                    assertEquals("Keystore does not contain alias 'nobody'", root.getMessage());
                });
    }

    @Test
    void http2OverTls() {
        TestApplication.runner()
                .withPropertyValues(TLS)
                .withPropertyValues("server.http2.enabled=true")
                .run(context -> {
                    HttpResponse<String> response = get("https", TestApplication.port(context));
                    assertEquals("ok https", response.body());
                    assertEquals(HttpClient.Version.HTTP_2, response.version());
                    TestApplication.connector(context, DrainingServerConnector.class);
                });
    }

    @Test
    void http2InClearText() {
        TestApplication.runner().withPropertyValues("server.http2.enabled=true").run(context -> {
            HttpResponse<String> response = get("http", TestApplication.port(context));
            assertEquals("ok http", response.body());
            assertEquals(HttpClient.Version.HTTP_2, response.version());
            TestApplication.connector(context, DrainingServerConnector.class);
        });
    }

    private static HttpResponse<String> get(String scheme, int port) throws Exception {
        return HttpClient.newBuilder()
                .sslContext(trustingAll())
                .build()
                .send(
                        HttpRequest.newBuilder(URI.create(scheme + "://localhost:" + port + "/"))
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
    }

    private static SSLContext trustingAll() throws Exception {
        SslContextFactory.Client client = new SslContextFactory.Client(true);
        client.start();
        return client.getSslContext();
    }

    @Test
    void jettyProperties() {
        TestApplication.runner()
                .withPropertyValues(
                        "server.jetty.threads.acceptors=2",
                        "server.jetty.threads.selectors=3",
                        "server.jetty.threads.max=33",
                        "server.jetty.connection-idle-timeout=7s",
                        "server.jetty.max-http-response-header-size=9KB",
                        "server.max-http-request-header-size=5KB")
                .run(context -> {
                    DrainingServerConnector connector =
                            TestApplication.connector(context, DrainingServerConnector.class);
                    assertEquals(2, connector.getAcceptors());
                    assertEquals(3, connector.getSelectorManager().getSelectorCount());
                    assertEquals(7000, connector.getIdleTimeout());
                    assertEquals(
                            33,
                            assertInstanceOf(QueuedThreadPool.class, connector.getExecutor())
                                    .getMaxThreads());
                    HttpConfiguration http = connector
                            .getConnectionFactory(HttpConnectionFactory.class)
                            .getHttpConfiguration();
                    assertEquals(5 * 1024, http.getRequestHeaderSize());
                    assertEquals(9 * 1024, http.getMaxResponseHeaderSize());
                });
    }

    @Test
    void forwardHeadersStrategy() {
        TestApplication.runner()
                .withPropertyValues("server.forward-headers-strategy=native")
                .run(context -> {
                    try (RawClient client = RawClient.connect(TestApplication.port(context))) {
                        String answer =
                                client.send("/", "X-Forwarded-Proto: https").receive();
                        assertTrue(answer.endsWith("ok https"), answer);
                    }
                });
    }

    /** The limit is one of all connectors' connections: the third client waits until one of two has left. */
    @ParameterizedTest(name = "tls {0}")
    @ValueSource(booleans = {false, true})
    void maxConnections(boolean tls) {
        TestApplication.runner()
                .withPropertyValues(tls ? TLS : new String[0])
                .withPropertyValues("server.jetty.max-connections=2", "sluice.keep-alive-grace=0")
                .run(context -> {
                    Server server = TestApplication.webServer(context).getServer();
                    assertEquals(
                            1, server.getBeans(NetworkConnectionLimit.class).size());
                    int port = TestApplication.port(context);
                    RawClient first = connect(tls, port);
                    first.send("/").receive();
                    try (RawClient second = connect(tls, port);
                            Socket third = new Socket("127.0.0.1", port)) {
                        second.send("/").receive();
                        TimeUnit.MILLISECONDS.sleep(200); // In which a third would be accepted.
                        NetworkConnectionLimit limit = server.getBean(NetworkConnectionLimit.class);
                        assertEquals(2, limit.getNetworkConnectionCount());
                        assertFalse(TestApplication.connector(context, ServerConnector.class)
                                .isAccepting());

                        first.close();
                        RawClient served = new RawClient(tls ? tls(third, port) : third);
                        assertTrue(served.send("/").receive().startsWith("HTTP/1.1 200"));
                    }
                });
    }

    private static RawClient connect(boolean tls, int port) throws Exception {
        return tls ? new RawClient(tls(new Socket("127.0.0.1", port), port)) : RawClient.connect(port);
    }

    private static Socket tls(Socket socket, int port) throws Exception {
        return trustingAll().getSocketFactory().createSocket(socket, "localhost", port, true);
    }

    /** A request under way is answered, however the application is shut down. */
    @ParameterizedTest
    @ValueSource(strings = {"graceful", "immediate"})
    void shutdown(String shutdown) throws Exception {
        AtomicReference<DrainingServerConnector> connector = new AtomicReference<>();
        AtomicReference<RawClient> client = new AtomicReference<>();
        TestApplication.runner()
                .withPropertyValues("server.shutdown=" + shutdown)
                .run(context -> {
                    connector.set(TestApplication.connector(context, DrainingServerConnector.class));
                    client.set(RawClient.connect(TestApplication.port(context)).send("/?millis=500"));
                    TimeUnit.MILLISECONDS.sleep(100);
                });

        try (RawClient waiting = client.get()) {
            String answer = waiting.receive();
            assertTrue(answer.startsWith("HTTP/1.1 200") && answer.contains("\r\nConnection: close\r\n"), answer);
        }
        DrainReport report = connector.get().getLastDrainReport();
        assertTrue(report.isLossless(), report::toString);
        assertEquals(
                "graceful".equals(shutdown) ? DrainReport.Reason.SHUTDOWN : DrainReport.Reason.CONNECTOR_STOP,
                report.reason());
    }

    /** Where the drain gives up, Spring Boot goes on waiting, up to its own limit. */
    @Test
    void gracefulShutdownWaitsLongerThanTheDrain() throws Exception {
        AtomicReference<RawClient> client = new AtomicReference<>();
        TestApplication.runner()
                .withPropertyValues("server.shutdown=graceful", "sluice.drain-timeout=200ms")
                .run(context -> {
                    client.set(RawClient.connect(TestApplication.port(context)).send("/?millis=1500"));
                    TimeUnit.MILLISECONDS.sleep(100);
                });

        try (RawClient waiting = client.get()) {
            assertTrue(waiting.receive().startsWith("HTTP/1.1 200"));
        }
    }
}
