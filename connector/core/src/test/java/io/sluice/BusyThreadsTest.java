package io.sluice;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.eclipse.jetty.server.ConnectionFactory;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.ProxyConnectionFactory;
import org.eclipse.jetty.server.SslConnectionFactory;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** All request threads are busy for longer than the grace, and requests lie in the kernel where nobody reads them. */
@Timeout(60)
class BusyThreadsTest {
    private static final int THREADS = 4;
    private static final String PROXY = "PROXY TCP4 192.0.2.7 192.0.2.1 4711 80\r\n";
    private static Tls tls;

    /** What stands before HTTP/1.1. */
    enum Before {
        NOTHING,
        PROXY_PROTOCOL {
            @Override
            ConnectionFactory[] factories() {
                HttpConnectionFactory http = new HttpConnectionFactory();
                return new ConnectionFactory[] {new ProxyConnectionFactory(http.getProtocol()), http};
            }

            @Override
            TestClient client(Socket connected) throws Exception {
                connected.getOutputStream().write(PROXY.getBytes(StandardCharsets.US_ASCII));
                return TestClient.of(connected);
            }
        },
        TLS {
            @Override
            ConnectionFactory[] factories() {
                return tls.http1();
            }

            @Override
            TestClient client(Socket connected) throws Exception {
                return TestClient.of(tls.client(connected));
            }
        },
        ALPN {
            @Override
            ConnectionFactory[] factories() {
                return tls.alpn();
            }

            @Override
            TestClient client(Socket connected) throws Exception {
                return TestClient.of(tls.client(connected, "http/1.1"));
            }
        },
        PROXY_PROTOCOL_AND_TLS {
            @Override
            ConnectionFactory[] factories() {
                HttpConnectionFactory http = new HttpConnectionFactory();
                SslConnectionFactory ssl = tls.ssl(http.getProtocol());
                return new ConnectionFactory[] {new ProxyConnectionFactory(ssl.getProtocol()), ssl, http};
            }

            @Override
            TestClient client(Socket connected) throws Exception {
                connected.getOutputStream().write(PROXY.getBytes(StandardCharsets.US_ASCII));
                return TestClient.of(tls.client(connected));
            }
        };

        ConnectionFactory[] factories() {
            return new ConnectionFactory[] {new HttpConnectionFactory()};
        }

        TestClient client(Socket connected) throws Exception {
            return TestClient.of(connected);
        }
    }

    @BeforeAll
    static void makeCertificate(@TempDir Path directory) throws Exception {
        tls = new Tls(directory);
    }

    /** The next requests of connections that are kept alive are there when the drain begins, but nobody has read them. */
    @ParameterizedTest
    @EnumSource
    void nextRequestsAreAnsweredWhenAThreadIsFree(Before before) throws Exception {
        CountDownLatch busy = new CountDownLatch(THREADS);
        CountDownLatch goOn = new CountDownLatch(1);
        try (TestServer server = server(before)) {
            List<TestClient> clients = keptAlive(server, before, 10);
            List<TestClient> blocking = keptAlive(server, before, THREADS);
            TestClient idle = keptAlive(server, before, 1).get(0);
            server.onRequest(request -> {
                busy.countDown();
                goOn.await();
            });
            for (TestClient client : blocking) {
                client.send(TestClient.GET);
            }
            busy.await();
            for (TestClient client : clients) {
                client.send(TestClient.GET);
            }
            Stopping stopping = Stopping.server(server);
            assertEquals("", idle.readToEnd()); // The grace is over.
            assertTrue(clients.get(0).isLeftAlone(50));
            goOn.countDown();

            assertAnswered(blocking);
            assertAnswered(clients);
            assertTrue(stopping.millis() < 3000, "the stop goes on after the last answer");
            assertTrue(server.report().isLossless(), server.report().toJson());
        }
    }

    /** New connections that nobody has had time to look at. */
    @ParameterizedTest
    @EnumSource(names = {"NOTHING", "PROXY_PROTOCOL"})
    void firstRequestsAreAnsweredWhenAThreadIsFree(Before before) throws Exception {
        CountDownLatch busy = new CountDownLatch(THREADS);
        CountDownLatch goOn = new CountDownLatch(1);
        try (TestServer server = server(before)) {
            TestClient idle = keptAlive(server, before, 1).get(0);
            List<TestClient> early = connect(server, before, 10); // Their endpoints are there, their requests are not.
            List<TestClient> blocking = keptAlive(server, before, THREADS);
            server.onRequest(request -> {
                busy.countDown();
                goOn.await();
            });
            for (TestClient client : blocking) {
                client.send(TestClient.GET);
            }
            busy.await();
            List<TestClient> late = connect(server, before, 10);
            for (TestClient client : concat(early, late)) {
                client.send(TestClient.GET);
            }
            Stopping stopping = Stopping.server(server);
            assertEquals("", idle.readToEnd()); // The grace is over.
            assertTrue(early.get(0).isLeftAlone(50));
            goOn.countDown();

            assertAnswered(blocking);
            assertAnswered(concat(early, late));
            assertTrue(stopping.millis() < 3000, "the stop goes on after the last answer");
            assertTrue(server.report().isLossless(), server.report().toJson());
        }
    }

    private static TestServer server(Before before) throws Exception {
        QueuedThreadPool small = new QueuedThreadPool(THREADS + 2, THREADS + 2); // An acceptor and a selector.
        small.setReservedThreads(0);
        TestServer server =
                new TestServer(small, running -> new DrainingServerConnector(running, 1, 1, before.factories()));
        ((DrainingServerConnector) server.connector).setKeepAliveGrace(200);
        return server.start();
    }

    private static List<TestClient> connect(TestServer server, Before before, int clients) throws Exception {
        List<TestClient> connected = new ArrayList<>();
        for (int i = 0; i < clients; i++) {
            connected.add(before.client(TestClient.connected(new Socket(), server.port())));
        }
        return connected;
    }

    private static List<TestClient> keptAlive(TestServer server, Before before, int clients) throws Exception {
        List<TestClient> connected = connect(server, before, clients);
        for (TestClient client : connected) {
            client.send(TestClient.GET);
            assertTrue(TestClient.isAnswered(client.readResponse()));
        }
        return connected;
    }

    private static List<TestClient> concat(List<TestClient> some, List<TestClient> others) {
        List<TestClient> all = new ArrayList<>(some);
        all.addAll(others);
        return all;
    }

    private static void assertAnswered(List<TestClient> clients) {
        for (TestClient client : clients) {
            String response = client.readToEnd();
            assertTrue(TestClient.isAnswered(response) && TestClient.saysClose(response), response);
        }
    }
}
