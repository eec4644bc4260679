package io.sluice;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.NetworkConnector;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.handler.GracefulHandler;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.component.Graceful;
import org.eclipse.jetty.util.component.LifeCycle;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Applications with a request that ends when they are told of the stop: events for a browser, a long poll. */
@Timeout(60)
class ToldWhenTest {
    private static final long STOP_TIMEOUT = 10_000;
    private static final long DRAIN_TIMEOUT = 4000;

    /** Half a drain: longer than any stop may take here in which nobody is idle. */
    private static final long LONG_GRACE = 2000;

    /** What tells an application that its server stops. */
    enum Told {
        GRACEFUL_HANDLER {
            @Override
            BooleanSupplier of(TestServer server) {
                return ((GracefulHandler) server.server.getHandler())::isShutdown;
            }
        },
        CONNECTOR {
            @Override
            BooleanSupplier of(TestServer server) {
                return server.connector::isShutdown;
            }
        },
        GRACEFUL_BEAN {
            @Override
            BooleanSupplier of(TestServer server) {
                GracefulBean bean = new GracefulBean();
                server.server.addBean(bean);
                return bean::isShutdown;
            }
        },
        /** Added before the server is started. */
        LISTENER {
            @Override
            BooleanSupplier of(TestServer server) {
                Listener listener = new Listener();
                server.server.addEventListener(listener);
                return listener::isTold;
            }
        },
        SERVER {
            @Override
            BooleanSupplier of(TestServer server) {
                return server.server::isStopping;
            }
        };

        abstract BooleanSupplier of(TestServer server);

        /** Without a stop timeout Jetty shuts nothing down gracefully. */
        boolean isWithoutStopTimeout() {
            return this == LISTENER || this == SERVER;
        }
    }

    static Stream<Arguments> toldAndStopTimeouts() {
        return Stream.concat(
                Stream.of(Told.values()).map(told -> Arguments.of(told, STOP_TIMEOUT)),
                Stream.of(Told.values()).filter(Told::isWithoutStopTimeout).map(told -> Arguments.of(told, 0)));
    }

    /** Nothing else is open: the request ends at once, and with it the stop. */
    @ParameterizedTest(name = "{0}, stop timeout {1} ms")
    @MethodSource("toldAndStopTimeouts")
    void aLongRequestEndsTheStop(Told told, long stopTimeout) throws Exception {
        try (TestServer server = server(TestServer::draining, stopTimeout)) {
            draining(server).setKeepAliveGrace(LONG_GRACE);
            LongRequest application = LongRequest.of(server, told.of(server), false);
            TestClient client = application.begin(server);
            Stopping stopping = Stopping.server(server);

            assertAnswered(client.readToEnd());

            assertEndsWithin(1500, stopping, server);
        }
    }

    /** The stock connector's time for the same. */
    @ParameterizedTest
    @EnumSource
    void aLongRequestEndsTheStopOfTheStockConnector(Told told) throws Exception {
        try (TestServer server = server(TestServer::stock, STOP_TIMEOUT)) {
            LongRequest application = LongRequest.of(server, told.of(server), false);
            TestClient client = application.begin(server);
            Stopping stopping = Stopping.server(server);

            String response = client.readToEnd();

            assertTrue(response.startsWith("HTTP/1.1 200"), response);
            assertTrue(stopping.millis() < 2500, stopping.millis() + " ms");
        }
    }

    /** The response has begun, as one that is kept alive: the application is told when the grace is over at the latest. */
    @ParameterizedTest(name = "{0}, stop timeout {1} ms")
    @MethodSource("toldAndStopTimeouts")
    void aStreamOfEventsEndsTheStop(Told told, long stopTimeout) throws Exception {
        try (TestServer server = server(TestServer::draining, stopTimeout)) {
            LongRequest application = LongRequest.of(server, told.of(server), true);
            TestClient client = application.begin(server);
            Stopping stopping = Stopping.server(server);

            String response = client.readToEnd();

            assertTrue(response.startsWith("HTTP/1.1 200"), response);
            assertTrue(response.endsWith("data: bye\n\n\r\n0\r\n\r\n"), response);
            assertEndsWithin(QuietStop.LATEST_MILLIS, stopping, server);
        }
    }

    /** A client that is idle has its grace, after which the application is told. */
    @ParameterizedTest(name = "{0}, stop timeout {1} ms")
    @MethodSource("toldAndStopTimeouts")
    void anIdleConnectionBesideHasItsGrace(Told told, long stopTimeout) throws Exception {
        try (TestServer server = server(TestServer::draining, stopTimeout)) {
            LongRequest application = LongRequest.of(server, told.of(server), false);
            TestClient idle = keptAlive(server);
            TestClient client = application.begin(server);
            Stopping stopping = Stopping.server(server);

            assertEquals("", idle.readToEnd());
            assertTrue(stopping.millisSoFar() >= QuietStop.GRACE_MILLIS, "closed before the grace was over");
            assertAnswered(client.readToEnd());

            assertEndsWithin(QuietStop.LATEST_MILLIS, stopping, server);
        }
    }

    /** Whoever comes during the grace is served, however early the application could have been told. */
    @ParameterizedTest(name = "{0}, stop timeout {1} ms")
    @MethodSource("toldAndStopTimeouts")
    void aRequestWithinTheGraceIsServed(Told told, long stopTimeout) throws Exception {
        try (TestServer server = server(TestServer::draining, stopTimeout)) {
            draining(server).setKeepAliveGrace(LONG_GRACE);
            LongRequest application = LongRequest.of(server, told.of(server), false);
            TestClient idle = keptAlive(server);
            TestClient client = application.begin(server);
            Stopping stopping = Stopping.server(server);

            idle.send(LongRequest.SHORT);

            QuietStop.assertAnsweredWithClose(idle.readToEnd());
            assertAnswered(client.readToEnd());
            assertEndsWithin(LONG_GRACE + 1000, stopping, server);
        }
    }

    /** Clients in the accept queue, which a GracefulHandler that has been shut down would answer with 503. */
    @ParameterizedTest
    @EnumSource
    void whoIsInTheAcceptQueueIsServed(Told told) throws Exception {
        try (TestServer server = server(TestServer::draining, 5000)) {
            LongRequest application = LongRequest.of(server, told.of(server), false);
            TestClient client = application.begin(server);
            server.connector.setAccepting(false);
            List<TestClient> queued =
                    Stream.generate(() -> queued(server)).limit(20).toList();
            Stopping stopping = Stopping.server(server);

            for (TestClient waiting : queued) {
                QuietStop.assertAnsweredWithClose(waiting.readToEnd());
            }
            assertAnswered(client.readToEnd());

            assertEndsWithin(QuietStop.LATEST_MILLIS, stopping, server);
            assertEquals(
                    20,
                    server.report().firstPass() + server.report().stragglers(),
                    server.report().toJson());
        }
    }

    /** A request that has begun, and comes to a GracefulHandler only when nothing else is left, is not rejected there. */
    @Test
    void aRequestOnItsWayIsNotRejected() throws Exception {
        CountDownLatch onItsWay = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        try (TestServer server = new TestServer(TestServer::draining).withStopTimeout(STOP_TIMEOUT)) {
            GracefulHandler graceful = new GracefulHandler(server.server.getHandler());
            server.server.setHandler(new Handler.Wrapper(graceful) {
                @Override
                public boolean handle(Request request, Response response, Callback callback) throws Exception {
                    onItsWay.countDown();
                    goOn.await();
                    return super.handle(request, response, callback);
                }
            });
            server.start();
            TestClient client = TestClient.connect(server.port());
            client.send(TestClient.GET);
            onItsWay.await();
            Stopping stopping = Stopping.server(server);
            assertTrue(client.isLeftAlone(300)); // The drain has looked several times, and seen this request alone.
            goOn.countDown();

            QuietStop.assertAnsweredWithClose(client.readToEnd());
            QuietStop.assertEnded(stopping, server);
        }
    }

    /** A listener that was added after the start hears of the stop when the drain is over, which waits in vain. */
    @Test
    void whoIsToldAfterTheDrainDoesNotHangTheStop() throws Exception {
        try (TestServer server = server(TestServer::draining, STOP_TIMEOUT)) {
            draining(server).setDrainTimeout(700);
            Listener late = new Listener();
            LongRequest application = LongRequest.of(server, late::isTold, false);
            TestClient client = application.begin(server);
            server.server.addEventListener(late);
            Stopping stopping = Stopping.server(server);

            client.readToEnd();

            assertTrue(stopping.millis() < 700 + QuietStop.LATEST_MILLIS, stopping.millis() + " ms");
        }
    }

    /** Ends with nobody's help: it is not told of anything before it is answered. */
    @Test
    void anOrdinaryRequestIsNotDisturbed() throws Exception {
        CountDownLatch goOn = new CountDownLatch(1);
        CountDownLatch serving = new CountDownLatch(1);
        try (TestServer server = new TestServer(TestServer::draining).withGracefulHandler()) {
            QuietStop.shortGrace(server).withStopTimeout(STOP_TIMEOUT);
            server.onRequest(request -> {
                serving.countDown();
                goOn.await();
            });
            server.start();
            TestClient client = TestClient.connect(server.port());
            client.send(TestClient.GET);
            serving.await();
            Stopping stopping = QuietStop.beyondTheGrace(server);
            assertFalse(stopping.isOver());
            goOn.countDown();

            QuietStop.assertAnsweredWithClose(client.readToEnd());
            QuietStop.assertEnded(stopping, server);
        }
    }

    private static TestServer server(TestServer.ConnectorMaker maker, long stopTimeout) {
        TestServer server = new TestServer(maker).withStopTimeout(stopTimeout);
        if (server.connector instanceof DrainingServerConnector draining) {
            draining.setKeepAliveGrace(QuietStop.GRACE_MILLIS);
            draining.setDrainTimeout(DRAIN_TIMEOUT);
        }
        server.server.setHandler(new GracefulHandler());
        return server;
    }

    private static DrainingServerConnector draining(TestServer server) {
        return (DrainingServerConnector) server.connector;
    }

    private static TestClient keptAlive(TestServer server) throws Exception {
        TestClient client = TestClient.connect(server.port());
        client.send(LongRequest.SHORT);
        assertTrue(TestClient.isAnswered(client.readResponse()));
        return client;
    }

    private static TestClient queued(TestServer server) {
        try {
            TestClient client = TestClient.connect(server.port());
            client.send(LongRequest.SHORT);
            return client;
        } catch (IOException x) {
            throw new UncheckedIOException(x);
        }
    }

    private static void assertAnswered(String response) {
        assertTrue(response.startsWith("HTTP/1.1 200") && response.endsWith("\r\n\r\nbye"), response);
        assertTrue(TestClient.saysClose(response), response);
    }

    private static void assertEndsWithin(long millis, Stopping stopping, TestServer server) throws Exception {
        String outcome = stopping.millis() + " ms " + server.report().toJson();
        assertTrue(stopping.millis() < millis, outcome);
        assertEquals(0, server.report().unanswered(), outcome);
        assertTrue(server.report().isLossless(), outcome);
    }

    private static final class GracefulBean implements Graceful {
        private volatile boolean shutdown;

        @Override
        public CompletableFuture<Void> shutdown() {
            shutdown = true;
            return CompletableFuture.completedFuture(null);
        }

        @Override
        public boolean isShutdown() {
            return shutdown;
        }
    }

    private static final class Listener implements LifeCycle.Listener {
        private final CountDownLatch told = new CountDownLatch(1);

        @Override
        public void lifeCycleStopping(LifeCycle event) {
            told.countDown();
        }

        private boolean isTold() {
            return told.getCount() == 0;
        }
    }

    /** Says "ok" at once where it is asked for something short, and "bye" when it is told where not. */
    private static final class LongRequest extends Handler.Abstract {
        private static final String SHORT = "GET /short HTTP/1.1\r\nHost: localhost\r\n\r\n";

        private final NetworkConnector connector;
        private final BooleanSupplier told;
        private final boolean events;
        private final CountDownLatch serving = new CountDownLatch(1);

        private LongRequest(NetworkConnector connector, BooleanSupplier told, boolean events) {
            this.connector = connector;
            this.told = told;
            this.events = events;
        }

        /** Becomes the application of the server, which is started. */
        private static LongRequest of(TestServer server, BooleanSupplier told, boolean events) throws Exception {
            LongRequest application = new LongRequest(server.connector, told, events);
            ((GracefulHandler) server.server.getHandler()).setHandler(application);
            server.start();
            return application;
        }

        /** A client with a long request, which is being served when this returns. */
        private TestClient begin(TestServer server) throws Exception {
            TestClient client = TestClient.connect(server.port());
            client.send(TestClient.GET);
            assertTrue(serving.await(10, TimeUnit.SECONDS), "no request came");
            return client;
        }

        @Override
        public boolean handle(Request request, Response response, Callback callback) throws Exception {
            if (Request.getPathInContext(request).equals("/short")) {
                response.write(true, bytes("ok"), callback);
                return true;
            }
            if (events) {
                response.getHeaders().put(HttpHeader.CONTENT_TYPE, "text/event-stream");
                Content.Sink.write(response, false, bytes("data: hello\n\n"));
            }
            serving.countDown();
            while (!told.getAsBoolean() || connector.isOpen()) { // An answer before the drain would keep alive.
                Thread.sleep(5); // How such applications are written.
            }
            response.write(true, bytes(events ? "data: bye\n\n" : "bye"), callback);
            return true;
        }

        private static ByteBuffer bytes(String text) {
            return ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII));
        }
    }
}
