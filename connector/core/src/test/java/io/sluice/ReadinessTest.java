package io.sluice;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.awaitility.Awaitility;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.component.AbstractLifeCycle;
import org.eclipse.jetty.util.component.LifeCycle;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a load balancer is told, and when, and what goes on meanwhile. */
@Timeout(60)
class ReadinessTest {
    /** While the delay runs the health check fails, and nothing else has changed. */
    @Test
    void theHealthCheckFailsBeforeTheDrainBegins() throws Exception {
        try (TestServer server = delayed(600)) {
            server.start();
            assertEquals("200 ready\n", ask(server));
            int port = readinessPort(server);
            try (TestClient kept = TestClient.connect(server.port())) {
                Thread stop = new Thread(() -> LifeCycle.stop(server.server));
                stop.start();
                Awaitility.await().until(() -> ask(server).equals("503 draining\n"));

                kept.send(TestClient.GET);
                String answer = kept.readResponse();
                assertTrue(TestClient.isAnswered(answer), answer);
                assertFalse(TestClient.saysClose(answer), answer);
                for (TestClient client : TestClient.connectAndSend(server.port(), 5)) {
                    assertTrue(TestClient.isAnswered(client.readResponse()));
                    client.close();
                }

                Awaitility.await().until(() -> !server.connector.isOpen());
                stop.join();
            }
            assertTrue(
                    server.report().waited().toMillis() >= 600, server.report().toJson());
            assertTrue(server.report().isLossless(), server.report().toJson());
            assertThrows(ConnectException.class, () -> exchange(port, "GET / HTTP/1.1"));
        }
    }

    /** It is asked when all threads of the server are busy, too: that is when load balancers get it wrong. */
    @Test
    void theHealthCheckNeedsNoThreadOfTheServer() throws Exception {
        CountDownLatch end = new CountDownLatch(1);
        try (TestServer server = delayed(0).onRequest(request -> end.await())) {
            server.start();
            List<TestClient> clients = TestClient.connectAndSend(server.port(), 40); // Of 20 threads.
            Awaitility.await().until(() -> server.server.getThreadPool().isLowOnThreads());

            assertEquals("200 ready\n", ask(server));

            end.countDown();
            clients.forEach(TestClient::close);
        }
    }

    /** Clients of the readiness port that say nothing, or half of it, keep nobody else from asking; they are closed. */
    @ParameterizedTest
    @ValueSource(ints = {8, 200})
    void silentClientsAreNoObstacle(int clients) throws Exception {
        try (TestServer server = delayed(0)) {
            server.start();
            List<TestClient> silent = new ArrayList<>();
            for (int i = 0; i < clients; i++) {
                TestClient client = TestClient.connect(readinessPort(server));
                client.send(List.of("", "GET / HT", "GET / HTTP/1.1\r\nHost: localhost\r\n")
                        .get(i % 3));
                silent.add(client);
            }

            assertAnsweredAtOnce(server);

            for (TestClient client : silent) {
                assertFalse(client.isLeftAlone(4000), "not closed");
                client.close();
            }
        }
    }

    /** A byte at a time, for as long as it is let. */
    @ParameterizedTest
    @ValueSource(ints = {8, 200})
    void slowClientsAreNoObstacle(int clients) throws Exception {
        AtomicBoolean over = new AtomicBoolean();
        Thread slow;
        try (TestServer server = delayed(0)) {
            server.start();
            List<TestClient> all = new ArrayList<>();
            for (int i = 0; i < clients; i++) {
                all.add(TestClient.connect(readinessPort(server)));
            }
            slow = new Thread(() -> {
                while (!over.get()) {
                    for (TestClient client : all) {
                        try {
                            client.send("G");
                        } catch (IOException x) {
                            assertTrue(x.getMessage() != null, "closed, as it should be");
                        }
                    }
                    LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(10));
                }
            });
            slow.start();
            for (int i = 0; i < 10; i++) {
                assertAnsweredAtOnce(server);
                TimeUnit.MILLISECONDS.sleep(20);
            }
            over.set(true);
            slow.join();
            all.forEach(TestClient::close);
        }
    }

    /** A request without end is read no further than any honest one could be long, and told so where it listens. */
    @Test
    void anEndlessRequestIsNoObstacle() throws Exception {
        try (TestServer server = delayed(0)) {
            server.start();
            String answer = exchange(readinessPort(server), "GET / HTTP/1.1" + "\r\nX-Long: long".repeat(5000));
            assertTrue(answer.startsWith("HTTP/1.1 431 "), answer);
            assertAnsweredAtOnce(server);

            try (TestClient endless = TestClient.connect(readinessPort(server))) {
                byte[] line = "x".repeat(1000).getBytes();
                long begun = System.nanoTime();
                assertThrows(IOException.class, () -> {
                    while (true) {
                        endless.send(line);
                        TimeUnit.MILLISECONDS.sleep(1);
                    }
                });
                assertTrue(System.nanoTime() - begun < TimeUnit.SECONDS.toNanos(10), "it may go on for too long");
            }
        }
    }

    @Test
    void whatIsNoRequestIsRefused() throws Exception {
        try (TestServer server = delayed(0)) {
            server.start();
            int port = readinessPort(server);

            for (String line :
                    List.of("GET /", "GET / HTTP/2.0", "GET  HTTP/1.1", "PRI * HTTP/2.0", "\u0016\u0003\u0001")) {
                String answer = exchange(port, line);
                assertTrue(answer.startsWith("HTTP/1.1 400 "), line + ": " + answer);
            }
            assertTrue(exchange(port, "\r\nOPTIONS * HTTP/1.0").startsWith("HTTP/1.1 200 "), "HAProxy asks like that");
            assertTrue(exchange(port, "POST /any?thing HTTP/1.1\r\nContent-Length: 9")
                    .endsWith("\r\n\r\nready\n"));
        }
    }

    /** As soon as all of it is there, in whichever pieces, lines end as they may. */
    @Test
    void aRequestInPiecesIsAnswered() throws Exception {
        try (TestServer server = delayed(0)) {
            server.start();
            try (TestClient client = TestClient.connect(readinessPort(server))) {
                for (char c : "GET /ready HTTP/1.1\nHost: localhost\r\n\r\n".toCharArray()) {
                    client.send(String.valueOf(c));
                }
                String answer = client.readToEnd();
                assertTrue(answer.startsWith("HTTP/1.1 200 OK\r\nDate: "), answer);
                assertTrue(answer.contains("\r\nConnection: close\r\n"), answer);
            }
        }
    }

    private static void assertAnsweredAtOnce(TestServer server) throws IOException {
        long begun = System.nanoTime();
        assertEquals("200 ready\n", ask(server));
        assertTrue(System.nanoTime() - begun < TimeUnit.SECONDS.toNanos(1), "answered late");
    }

    @Test
    void aHeadRequestIsAnsweredToo() throws Exception {
        try (TestServer server = delayed(0)) {
            server.start();

            String answer = exchange(readinessPort(server), "HEAD /any HTTP/1.1");

            assertTrue(answer.startsWith("HTTP/1.1 200 "), answer);
            assertTrue(answer.endsWith("\r\n\r\n"), answer);
        }
    }

    /** As where a health check looks before the application has started. */
    @Test
    void isNotReadyBeforeTheStart() {
        try (TestServer server = new TestServer(TestServer::draining)) {
            assertEquals(Readiness.STARTING, Readiness.of(server.server));
            assertFalse(((DrainingServerConnector) server.connector).isReady());
        }
    }

    /** For comparison: a server without any of our connectors is ready while it runs. */
    @Test
    void aServerOfJettysIsReadyWhileItRuns() throws Exception {
        try (TestServer server = new TestServer(TestServer::stock)) {
            assertEquals(Readiness.STARTING, Readiness.of(server.server));
            server.start();
            assertEquals(Readiness.READY, Readiness.of(server.server));
            Readiness[] stopping = new Readiness[1];
            server.server.addEventListener(new LifeCycle.Listener() {
                @Override
                public void lifeCycleStopping(LifeCycle event) {
                    stopping[0] = Readiness.of(server.server);
                }
            });
            server.server.stop();
            assertEquals(Readiness.DRAINING, stopping[0]);
        }
    }

    @Test
    void isReadyAgainAfterARestart() throws Exception {
        try (TestServer server = delayed(0)) {
            server.start();
            server.server.stop();
            server.start();

            assertEquals("200 ready\n", ask(server));
        }
    }

    @Test
    void aTakenReadinessPortIsExplained() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
                TestServer server = new TestServer(TestServer::draining)) {
            int port = taken.getLocalPort();
            server.server.addBean(new ReadinessPort(server.server, "127.0.0.1", port));

            IOException failure = assertThrows(IOException.class, server::start);

            assertTrue(failure.getMessage().startsWith("readinessPort is " + port), failure::getMessage);
        }
    }

    /** Whoever asks while the application starts is told to wait. */
    @Test
    void theHealthCheckIsThereBeforeTheApplication() throws Exception {
        try (TestServer server = delayed(0)) {
            String[] asked = new String[1];
            server.server.addBean(new AbstractLifeCycle() {
                @Override
                protected void doStart() throws Exception {
                    asked[0] = ask(server);
                }
            });
            server.start();

            assertEquals("503 starting\n", asked[0]);
            assertEquals("200 ready\n", ask(server));
        }
    }

    /** One port for all connectors: as soon as one of them drains, the server is not ready. */
    @Test
    void allConnectorsHaveToBeReady() throws Exception {
        try (TestServer server = delayed(0)) {
            ServerConnector other = TestServer.draining(server.server);
            server.server.addConnector(other);
            server.start();
            assertEquals("200 ready\n", ask(server));

            other.stop();

            assertEquals("503 draining\n", ask(server));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 65536})
    void aReadinessPortIsANumberOfAPort(int port) {
        String sentence = assertThrows(
                        IllegalArgumentException.class, () -> new ReadinessPort(new Server(), null, port))
                .getMessage();

        assertEquals("readinessPort is " + port + "; allowed is 0 to 65535", sentence);
    }

    @Test
    void theHandlerAnswersItsPathAlone() throws Exception {
        try (TestServer server = delayed(600)) {
            ReadinessHandler handler = new ReadinessHandler("/up");
            handler.setHandler(server.server.getHandler());
            server.server.setHandler(handler);
            server.start();
            assertTrue(exchange(server.port(), "GET /up HTTP/1.0").startsWith("HTTP/1.1 200 "));
            assertTrue(exchange(server.port(), "GET /up HTTP/1.0").endsWith("\r\n\r\nready\n"));
            assertTrue(exchange(server.port(), "GET /other HTTP/1.0").endsWith("ok"));

            Thread stop = new Thread(() -> LifeCycle.stop(server.server));
            stop.start();
            Awaitility.await().until(() -> ask(server).startsWith("503"));
            String answer = exchange(server.port(), "GET /up HTTP/1.0");
            assertTrue(answer.startsWith("HTTP/1.1 503 ") && answer.endsWith("draining\n"), answer);
            stop.join();
        }
    }

    @Test
    void theServletAnswersWhatTheHandlerDoes() throws Exception {
        try (TestServer server = delayed(600)) {
            ServletContextHandler context = new ServletContextHandler("/");
            context.addServlet(ReadinessServlet.class, "/ready");
            server.server.setHandler(context);
            server.start();
            String ready = exchange(server.port(), "GET /ready HTTP/1.0");
            assertTrue(ready.startsWith("HTTP/1.1 200 ") && ready.endsWith("ready\n"), ready);

            Thread stop = new Thread(() -> LifeCycle.stop(server.server));
            stop.start();
            Awaitility.await().until(() -> ask(server).startsWith("503"));
            String draining = exchange(server.port(), "GET /ready HTTP/1.0");
            assertTrue(draining.startsWith("HTTP/1.1 503 ") && draining.endsWith("draining\n"), draining);
            stop.join();
        }
    }

    /** Status and body that the readiness port answers. */
    private static String ask(TestServer server) throws IOException {
        String answer = exchange(readinessPort(server), "GET / HTTP/1.1");
        return answer.substring("HTTP/1.1 ".length(), "HTTP/1.1 200".length())
                + " "
                + answer.substring(answer.indexOf("\r\n\r\n") + 4);
    }

    private static String exchange(int port, String line) throws IOException {
        if (port < 0) {
            throw new ConnectException("no port");
        }
        try (Socket socket = TestClient.connected(new Socket(), port)) {
            OutputStream out = socket.getOutputStream();
            out.write((line + "\r\nHost: localhost\r\nConnection: close\r\n\r\n").getBytes());
            return new String(socket.getInputStream().readAllBytes());
        }
    }

    /** A server with a readiness port, and with a delay before its drain. */
    private static TestServer delayed(long millis) {
        TestServer server = new TestServer(TestServer::draining);
        server.server.addBean(new ReadinessPort(server.server, "127.0.0.1", 0));
        ((DrainingServerConnector) server.connector).setPreDrainDelay(millis);
        return server;
    }

    private static int readinessPort(TestServer server) {
        return server.server.getBean(ReadinessPort.class).getLocalPort();
    }
}
