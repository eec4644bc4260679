package io.sluice;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whoever was accepted before the stop, and has no answer yet, gets it before the server goes on to stop. */
@Timeout(60)
class FirstAnswerTest {
    private static final int CLIENTS = 30;

    /** A burst that sits in the queue of a small thread pool while the server is stopped with a GracefulHandler. */
    @Test
    void aBurstInTheThreadPoolIsAnswered() throws Exception {
        try (TestServer server = burstServer(TestServer::draining)) {
            List<String> responses = stopInABurst(server);

            assertEquals(CLIENTS, answered(responses), () -> String.join("\n", responses));
            assertTrue(server.report().isLossless(), server.report().toJson());
        }
    }

    /** The stock connector answers 503 there, or nothing. */
    @Test
    void theStockConnectorLosesPartOfTheBurst() throws Exception {
        try (TestServer server = burstServer(TestServer::stock)) {
            List<String> responses = stopInABurst(server);

            assertTrue(answered(responses) < CLIENTS, () -> String.join("\n", responses));
        }
    }

    /** A request that was being served when the drain began is told that the connection ends, as late ones are. */
    @Test
    void aRequestInFlightIsToldToClose() throws Exception {
        CountDownLatch serving = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        try (TestServer server = new TestServer(TestServer::draining).onRequest(request -> {
            serving.countDown();
            goOn.await();
        })) {
            server.start();
            TestClient client = TestClient.connect(server.port());
            client.send(TestClient.GET);
            serving.await();

            Thread stop = stopInThread(server);
            Awaitility.await().until(() -> !server.connector.isOpen());
            assertTrue(stop.isAlive(), "the server went on while a request was in flight");
            goOn.countDown();

            String response = client.readToEnd();
            assertTrue(TestClient.isAnswered(response) && TestClient.saysClose(response), response);
            stop.join();
        }
    }

    /** A response that leaves the request's body unread is a response all the same. */
    @Test
    void anAnswerBeforeTheBodyCounts() throws Exception {
        try (TestServer server = new TestServer(TestServer::draining)) {
            server.server.setHandler(new Handler.Abstract() {
                @Override
                public boolean handle(Request request, Response response, Callback callback) {
                    Response.writeError(request, response, callback, HttpStatus.PAYLOAD_TOO_LARGE_413);
                    return true;
                }
            });
            server.start();
            server.connector.setAccepting(false);
            TestClient client = TestClient.connect(server.port());
            client.send("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\nno more");
            Stopping stopping = Stopping.server(server);

            assertTrue(client.readToEnd().startsWith("HTTP/1.1 413"));
            stopping.millis();
            assertEquals(1, server.report().answered(), server.report().toJson());
            assertTrue(server.report().isLossless(), server.report().toJson());
        }
    }

    /** A request goes on when its client has left, and what it does is not cut off in the middle. */
    @Test
    void aRequestOutlivesItsConnection() throws Exception {
        CountDownLatch left = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        try (TestServer server = new TestServer(TestServer::draining).onRequest(request -> {
            request.getConnectionMetaData().getConnection().getEndPoint().close();
            left.countDown();
            goOn.await();
        })) {
            server.start();
            TestClient client = TestClient.connect(server.port());
            client.send(TestClient.GET);
            left.await();
            Awaitility.await()
                    .until(() -> server.connector.getConnectedEndPoints().isEmpty());

            Thread stop = stopInThread(server);
            Awaitility.await().until(() -> !server.connector.isOpen());
            stop.join(300);
            assertNull(server.report(), "the drain is over while a request is in flight");
            goOn.countDown();
            stop.join();

            assertTrue(server.report().isLossless(), server.report().toJson());
        }
    }

    /** A request that never ends holds the stop no longer than drainTimeout, and is reported. */
    @Test
    void aHungRequestIsReported() throws Exception {
        CountDownLatch serving = new CountDownLatch(1);
        CountDownLatch never = new CountDownLatch(1);
        try (TestServer server = new TestServer(TestServer::draining).onRequest(request -> {
            serving.countDown();
            never.await();
        })) {
            ((DrainingServerConnector) server.connector).setDrainTimeout(300);
            server.start();
            TestClient client = TestClient.connect(server.port());
            client.send(TestClient.GET);
            serving.await();

            server.connector.stop();

            assertEquals(1, server.report().unanswered(), server.report().toJson());
            assertFalse(server.report().isLossless());
            long millis = server.report().untilAnswered().toMillis();
            assertTrue(millis >= 300 && millis < 2000, server.report().toJson());
            client.close();
            never.countDown();
        }
    }

    /** A server's stop timeout that is shorter than drainTimeout bounds the drain. */
    @Test
    void aShorterStopTimeoutBoundsTheDrain() throws Exception {
        CountDownLatch serving = new CountDownLatch(1);
        CountDownLatch never = new CountDownLatch(1);
        try (TestServer server = new TestServer(TestServer::draining).onRequest(request -> {
            serving.countDown();
            never.await();
        })) {
            server.withStopTimeout(200).start();
            TestClient client = TestClient.connect(server.port());
            client.send(TestClient.GET);
            serving.await();

            server.connector.stop();

            assertTrue(
                    server.report().untilAnswered().toMillis() < 2000,
                    server.report().toJson());
            client.close();
            never.countDown();
        }
    }

    /** stop() in the thread of a request: nobody waits for the caller, whose own response is sent when all else is over. */
    @ParameterizedTest(name = "stop timeout {0} ms")
    @ValueSource(longs = {0, 10_000})
    void aRequestMayStopTheServer(long stopTimeout) throws Exception {
        AtomicInteger requests = new AtomicInteger();
        CountDownLatch stopped = new CountDownLatch(1);
        try (TestServer server = new TestServer(TestServer::draining).withGracefulHandler()) {
            server.onRequest(request -> {
                if (requests.incrementAndGet() == 1) {
                    server.connector.setAccepting(false);
                    List<TestClient> queued = TestClient.connectAndSend(server.port(), 5);
                    stopQuietly(server);
                    queued.forEach(TestClient::close);
                    stopped.countDown();
                }
            });
            server.withStopTimeout(stopTimeout).start();
            TestClient client = TestClient.connect(server.port());
            client.send(TestClient.GET);

            assertTrue(stopped.await(5, TimeUnit.SECONDS), "the stop waited for its own request");
            String response = client.readToEnd();
            assertTrue(TestClient.isAnswered(response) && TestClient.saysClose(response), response);
            assertEquals(stopTimeout, server.server.getStopTimeout(), "the setting is the user's");

            assertEquals(5, server.report().answered(), server.report().toJson());
            assertEquals(0, server.report().unanswered(), server.report().toJson());
            assertTrue(
                    server.report().untilAnswered().toMillis() < 2000,
                    server.report().toJson());
        }
    }

    /** A request shuts the connector down while a drain that began elsewhere waits for that very request. */
    @Test
    void aRequestMayJoinADrain() throws Exception {
        CountDownLatch serving = new CountDownLatch(1);
        CountDownLatch stopping = new CountDownLatch(1);
        try (TestServer server = new TestServer(TestServer::draining)) {
            server.onRequest(request -> {
                serving.countDown();
                stopping.await();
                server.connector.shutdown();
            });
            server.start();
            TestClient client = TestClient.connect(server.port());
            client.send(TestClient.GET);
            serving.await();

            Thread shutdown = new Thread(server.connector::shutdown);
            shutdown.start();
            Awaitility.await().until(() -> !server.connector.isOpen());
            stopping.countDown();
            shutdown.join();

            assertTrue(
                    server.report().untilAnswered().toMillis() < 2000,
                    server.report().toJson());
            assertTrue(TestClient.isAnswered(client.readResponse()));
            client.close();
        }
    }

    /** A request of one connector shuts another down: that one still waits for its own requests. */
    @Test
    void aRequestOfAnotherConnectorIsNoExcuse() throws Exception {
        CountDownLatch serving = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        try (TestServer server = new TestServer(TestServer::draining)) {
            DrainingServerConnector second = new DrainingServerConnector(server.server, 1, 1);
            second.setHost("127.0.0.1");
            server.server.addConnector(second);
            server.onRequest(request -> {
                if (request.getConnectionMetaData().getConnector() == second) {
                    serving.countDown();
                    goOn.await();
                } else {
                    second.shutdown();
                }
            });
            server.start();
            TestClient served = TestClient.connect(second.getLocalPort());
            served.send(TestClient.GET);
            serving.await();

            TestClient asking = TestClient.connect(server.port());
            asking.send(TestClient.GET);
            Awaitility.await().until(() -> !second.isOpen());
            TimeUnit.MILLISECONDS.sleep(100); // Long enough for a drain that waits for nobody to be over.
            assertNull(second.getLastDrainReport(), "the drain excused a request of another connector");
            goOn.countDown();

            assertTrue(TestClient.isAnswered(served.readToEnd()));
            assertTrue(TestClient.isAnswered(asking.readResponse()));
            asking.close();
        }
    }

    /** An HttpConfiguration that a second, stock connector shares: only the draining one's requests are followed. */
    @Test
    void aSharedConfigurationIsTheOtherConnectorsToo() throws Exception {
        HttpConfiguration shared = new HttpConfiguration();
        CountDownLatch serving = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        try (TestServer server =
                new TestServer(s -> new DrainingServerConnector(s, 1, 1, new HttpConnectionFactory(shared)))) {
            ServerConnector stock = new ServerConnector(server.server, 1, 1, new HttpConnectionFactory(shared));
            stock.setHost("127.0.0.1");
            server.server.addConnector(stock);
            server.onRequest(request -> {
                serving.countDown();
                goOn.await();
            });
            server.start();
            TestClient client = TestClient.connect(stock.getLocalPort());
            client.send(TestClient.GET);
            serving.await();

            server.connector.stop();
            goOn.countDown();

            assertTrue(
                    server.report().untilAnswered().toMillis() < 2000,
                    server.report().toJson());
            assertFalse(TestClient.saysClose(client.readResponse()));
            client.close();
        }
    }

    /** All connectors of a server drain at the same time, so that the bound is one drainTimeout. */
    @Test
    void connectorsDrainTogether() throws Exception {
        CountDownLatch serving = new CountDownLatch(2);
        CountDownLatch never = new CountDownLatch(1);
        try (TestServer server = new TestServer(TestServer::draining)) {
            DrainingServerConnector second = new DrainingServerConnector(server.server, 1, 1);
            second.setHost("127.0.0.1");
            server.server.addConnector(second);
            for (DrainingServerConnector connector : List.of((DrainingServerConnector) server.connector, second)) {
                connector.setDrainTimeout(1000);
            }
            server.onRequest(request -> {
                serving.countDown();
                never.await();
            });
            server.start();
            TestClient one = TestClient.connect(server.port());
            TestClient two = TestClient.connect(second.getLocalPort());
            one.send(TestClient.GET);
            two.send(TestClient.GET);
            serving.await();

            long start = System.nanoTime();
            Thread stop = stopInThread(server);
            Awaitility.await().until(() -> server.report() != null && second.getLastDrainReport() != null);
            long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);

            assertTrue(millis < 1900, millis + " ms for two drains of 1000 ms");
            never.countDown();
            stop.join();
            one.close();
            two.close();
        }
    }

    private static TestServer burstServer(TestServer.ConnectorMaker maker) {
        QueuedThreadPool small = new QueuedThreadPool(6, 6); // An acceptor, a selector, four for requests.
        small.setReservedThreads(0);
        return new TestServer(small, maker).withStopTimeout(5000).withGracefulHandler();
    }

    private static List<String> stopInABurst(TestServer server) throws Exception {
        CountDownLatch first = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        server.onRequest(request -> {
            first.countDown();
            goOn.await();
            TimeUnit.MILLISECONDS.sleep(20); // How long a request takes.
        });
        server.start();
        List<TestClient> clients = TestClient.connectAndSend(server.port(), CLIENTS);
        first.await();
        Thread stop = stopInThread(server);
        Awaitility.await().until(() -> !server.connector.isOpen());
        goOn.countDown();
        List<String> responses = clients.stream().map(TestClient::readToEnd).collect(Collectors.toList());
        stop.join();
        return responses;
    }

    private static long answered(List<String> responses) {
        return responses.stream().filter(TestClient::isAnswered).count();
    }

    private static Thread stopInThread(TestServer server) {
        Thread thread = new Thread(() -> stopQuietly(server));
        thread.start();
        return thread;
    }

    private static void stopQuietly(TestServer server) {
        try {
            server.server.stop();
        } catch (Exception x) {
            // With a stop timeout Jetty itself gives up on requests that do not end; that is not what is tested here.
            assertTrue(x instanceof java.util.concurrent.TimeoutException, x::toString);
        }
    }
}
