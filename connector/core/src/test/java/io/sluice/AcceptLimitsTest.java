package io.sluice;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import org.eclipse.jetty.server.AbstractConnector;
import org.eclipse.jetty.server.AcceptRateLimit;
import org.eclipse.jetty.server.ConnectionLimit;
import org.eclipse.jetty.server.LowResourceMonitor;
import org.eclipse.jetty.server.NetworkConnectionLimit;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.component.LifeCycle;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A drain hands Jetty no connection that one of Jetty's own limits would close, and answers all of them in turn. */
@Timeout(60)
@SuppressWarnings("removal") // ConnectionLimit
class AcceptLimitsTest {
    private static final int LIMIT = 4;
    private static final int CLIENTS = 16;
    private static final long REQUEST_MILLIS = 20;

    /** The limits of connections that Jetty has: each closes what is accepted beyond it. */
    enum Limit {
        CONNECTION(connector -> new ConnectionLimit(LIMIT, connector)),
        NETWORK_CONNECTION(connector -> new NetworkConnectionLimit(LIMIT, connector));

        private final Function<AbstractConnector, LifeCycle> maker;

        Limit(Function<AbstractConnector, LifeCycle> maker) {
            this.maker = maker;
        }

        TestServer on(TestServer server) {
            server.server.addBean(maker.apply(server.connector));
            return server;
        }
    }

    /** As many clients are served as the limit allows, and four times that many wait in the kernel's queue. */
    @ParameterizedTest
    @EnumSource
    void everybodyBeyondTheLimitIsServedInTurn(Limit limit) throws Exception {
        try (TestServer server = limit.on(slow(TestServer::draining)).start()) {
            List<TestClient> clients = TestClient.connectAndSend(server.port(), CLIENTS);

            server.server.stop();

            assertAllAnswered(clients, server);
        }
    }

    /** The same when an operator has stopped the accepting by hand, before the limit was reached. */
    @ParameterizedTest
    @EnumSource
    void theLimitHoldsWhereAcceptingWasStoppedByHand(Limit limit) throws Exception {
        try (TestServer server = limit.on(slow(TestServer::draining)).start()) {
            server.connector.setAccepting(false);
            List<TestClient> clients = TestClient.connectAndSend(server.port(), CLIENTS);

            server.server.stop();

            assertAllAnswered(clients, server);
        }
    }

    /** A limit that is reached and passed in one go of the selector made the listener deaf, where a selector accepts. */
    @ParameterizedTest
    @EnumSource
    void aSelectorAcceptsAgainBelowTheLimit(Limit limit) throws Exception {
        try (TestServer server =
                limit.on(new TestServer(AcceptLimitsTest::withoutAcceptors)).start()) {
            for (int round = 0; round < 50; round++) {
                for (TestClient client : TestClient.connectAndSend(server.port(), CLIENTS)) {
                    assertTrue(TestClient.isAnswered(client.readResponse()), "round " + round);
                    client.close();
                }
            }
        }
    }

    /** An operator, or two, stop and allow the accepting: what was said last holds, and nobody is deaf for ever. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void acceptingIsSwitchedManyTimes(int acceptors) throws Exception {
        try (TestServer server = new TestServer(made -> new DrainingServerConnector(made, acceptors, 1)).start()) {
            List<Thread> operators = new ArrayList<>();
            for (int operator = 0; operator < 3; operator++) {
                operators.add(new Thread(() -> {
                    for (int i = 0; i < 2000; i++) {
                        server.connector.setAccepting(false);
                        server.connector.setAccepting(true);
                    }
                }));
            }
            operators.forEach(Thread::start);
            for (Thread operator : operators) {
                operator.join();
            }
            for (TestClient client : TestClient.connectAndSend(server.port(), CLIENTS)) {
                assertTrue(TestClient.isAnswered(client.readResponse()));
                client.close();
            }

            server.connector.setAccepting(false);
            try (TestClient client = TestClient.connect(server.port())) {
                client.send(TestClient.GET);
                assertTrue(acceptors > 0 || client.isLeftAlone(100), "accepted in spite of it");
            }
        }
    }

    private static ServerConnector withoutAcceptors(Server server) {
        return new DrainingServerConnector(server, 0, 1);
    }

    /** The stock connector resets who has not been accepted. */
    @ParameterizedTest
    @EnumSource
    void theStockConnectorLosesThem(Limit limit) throws Exception {
        try (TestServer server = limit.on(slow(TestServer::stock)).start()) {
            List<TestClient> clients = TestClient.connectAndSend(server.port(), CLIENTS);

            server.server.stop();

            List<String> responses =
                    clients.stream().map(client -> client.readToEnd(500)).collect(Collectors.toList());
            assertTrue(responses.stream().filter(TestClient::isAnswered).count() < CLIENTS, responses::toString);
        }
    }

    /** Idle kept-alive connections take up the whole limit: they make room when their grace is over. */
    @Test
    void idleConnectionsMakeRoom() throws Exception {
        try (TestServer server = Limit.CONNECTION.on(slow(TestServer::draining))) {
            ((DrainingServerConnector) server.connector).setKeepAliveGrace(300);
            server.start();
            List<TestClient> idle = TestClient.connectAndSend(server.port(), LIMIT);
            for (TestClient client : idle) {
                client.readResponse();
            }
            List<TestClient> clients = TestClient.connectAndSend(server.port(), CLIENTS);

            server.server.stop();

            assertAllAnswered(clients, server);
            assertEquals(LIMIT, server.report().idleClosed(), server.report().toJson());
            idle.forEach(TestClient::close);
        }
    }

    /** Requests that never end keep the room: who waits for it is lost, and counted. */
    @Test
    void whoeverNeverHasRoomIsReported() throws Exception {
        CountDownLatch serving = new CountDownLatch(LIMIT);
        CountDownLatch never = new CountDownLatch(1);
        try (TestServer server = Limit.CONNECTION.on(new TestServer(TestServer::draining).onRequest(request -> {
            serving.countDown();
            never.await();
        }))) {
            ((DrainingServerConnector) server.connector).setDrainTimeout(500);
            server.start();
            List<TestClient> clients = TestClient.connectAndSend(server.port(), CLIENTS);
            serving.await();

            server.connector.stop();

            assertEquals(LIMIT, server.report().unanswered(), server.report().toJson());
            assertEquals(
                    CLIENTS - LIMIT, server.report().lost(), server.report().toJson());
            assertFalse(server.report().isLossless());
            never.countDown();
            clients.forEach(TestClient::close);
        }
    }

    /** A limit of the rate passes by itself: the drain waits for it, and does not exceed it while there is time. */
    @Test
    void aRateLimitIsWaitedFor() throws Exception {
        try (TestServer server = slow(TestServer::draining)) {
            server.server.addBean(new AcceptRateLimit(LIMIT, 1, TimeUnit.SECONDS, server.connector));
            server.start();
            List<TestClient> clients = TestClient.connectAndSend(server.port(), 2 * LIMIT + 1);
            Awaitility.await().until(() -> !server.connector.isAccepting());

            server.server.stop();

            assertAllAnswered(clients, server);
            assertTrue(
                    server.report().untilAnswered().toMillis() >= 500,
                    "the rate was exceeded: " + server.report().toJson());
        }
    }

    /** A monitor that has stopped the accepting and sees no end of the low resources: half of the time is for it. */
    @Test
    void lowResourcesAreWaitedForWhileThereIsTime() throws Exception {
        try (TestServer server = slow(TestServer::draining)) {
            LowResourceMonitor monitor = new LowResourceMonitor(server.server);
            monitor.setPeriod(20);
            monitor.setAcceptingInLowResources(false);
            monitor.addLowResourceCheck(new AlwaysLow());
            server.server.addBean(monitor);
            ((DrainingServerConnector) server.connector).setDrainTimeout(1000);
            server.start();
            Awaitility.await().until(() -> !server.connector.isAccepting());
            List<TestClient> clients = TestClient.connectAndSend(server.port(), CLIENTS);

            server.server.stop();

            assertAllAnswered(clients, server);
            long millis = server.report().untilAnswered().toMillis();
            assertTrue(millis >= 500 && millis < 1000, server.report().toJson());
        }
    }

    /** Nobody sets a flag again that was cleared by hand: there is nothing to wait for. */
    @Test
    void acceptingStoppedByHandIsNotWaitedFor() throws Exception {
        try (TestServer server = new TestServer(TestServer::draining).start()) {
            server.connector.setAccepting(false);
            List<TestClient> clients = TestClient.connectAndSend(server.port(), CLIENTS);

            server.connector.stop();

            assertTrue(
                    server.report().untilAnswered().toMillis() < 2000,
                    server.report().toJson());
            assertAllAnswered(clients, server);
        }
    }

    private static TestServer slow(TestServer.ConnectorMaker maker) {
        return new TestServer(maker).onRequest(request -> TimeUnit.MILLISECONDS.sleep(REQUEST_MILLIS));
    }

    private static void assertAllAnswered(List<TestClient> clients, TestServer server) {
        List<String> responses = new ArrayList<>();
        clients.forEach(client -> responses.add(client.readToEnd()));
        assertTrue(
                responses.stream().allMatch(TestClient::isAnswered),
                () -> server.report().toJson() + String.join("\n", responses));
        assertTrue(server.report().isLossless(), server.report().toJson());
    }

    private static final class AlwaysLow implements LowResourceMonitor.LowResourceCheck {
        @Override
        public boolean isLowOnResources() {
            return true;
        }

        @Override
        public String getReason() {
            return "in this test";
        }
    }
}
