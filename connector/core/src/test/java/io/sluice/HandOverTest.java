package io.sluice;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.linux.TestDescriptors;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Listeners that go from one connector to another; those of this test are in one process. */
@Timeout(60)
@EnabledOnOs(OS.LINUX)
class HandOverTest {
    private static final int CLIENTS = 40;

    private final List<TestServer> servers = new ArrayList<>();

    @AfterEach
    void stop() {
        servers.forEach(TestServer::close);
    }

    /** Clients that have not been accepted when it stops are answered by it or by the other; none sees anything. */
    @ParameterizedTest
    @CsvSource({"1, 1", "0, 0", "2, 1", "1, 2"})
    void anotherOneTakesTheListener(int acceptors, int othersAcceptors) throws Exception {
        TestServer old = start(acceptors, 0);
        TestServer other = start(othersAcceptors, old.port());
        List<TestClient> clients = TestClient.connectAndSend(old.port(), CLIENTS);
        old.server.stop();
        clients.addAll(TestClient.connectAndSend(other.port(), CLIENTS));

        assertAllAnswered(clients);
        assertEquals(DrainStrategy.HAND_OVER, old.report().strategy());
        assertTrue(old.report().strategyReason().startsWith("taken over by "), old.report()::toJson);
        assertTrue(old.report().isLossless(), old.report()::toJson);
        assertEquals(listeners(acceptors) + listeners(othersAcceptors), members(other));
    }

    /** Whoever starts takes what another one has taken over: nobody is left with the part of two. */
    @ParameterizedTest
    @CsvSource({"1, 1", "0, 0", "2, 2", "2, 1", "1, 2", "3, 0"})
    void whoStartsTakesTheSpareListener(int acceptors, int successorsAcceptors) throws Exception {
        TestServer old = start(acceptors, 0);
        TestServer other = start(1, old.port());
        old.server.stop();
        TestServer successor = start(successorsAcceptors, other.port());

        assertEquals(1 + Math.max(listeners(acceptors), listeners(successorsAcceptors)), members(other));
        assertEquals(other.port(), successor.port());
        assertAllAnswered(TestClient.connectAndSend(other.port(), CLIENTS));
        other.server.stop();
        assertAllAnswered(TestClient.connectAndSend(successor.port(), CLIENTS));
        assertTrue(other.report().isLossless(), other.report()::toJson);
    }

    /** Twenty restarts of three: listeners do not pile up. */
    @Test
    void restartsLeaveNothingBehind() throws Exception {
        TestServer first = start(1, 0);
        int port = first.port();
        start(1, port);
        start(1, port);
        for (int i = 0; i < 20; i++) {
            TestServer oldest = servers.remove(0);
            List<TestClient> clients = TestClient.connectAndSend(port, 10);
            oldest.server.stop();
            start(1, port);
            assertAllAnswered(clients);
            assertEquals(DrainStrategy.HAND_OVER, oldest.report().strategy(), oldest.report()::toJson);
        }
        assertEquals(3, members(servers.get(0)));
    }

    /** What was taken over is handed over like the connector's own. */
    @Test
    void aSpareListenerIsHandedOverToo() throws Exception {
        TestServer first = start(1, 0);
        int port = first.port();
        TestServer second = start(1, port);
        TestServer third = start(1, port);
        first.server.stop();
        third.server.stop(); // The youngest had taken it.

        assertEquals(DrainStrategy.HAND_OVER, third.report().strategy(), third.report()::toJson);
        assertEquals(3, members(second));
        assertAllAnswered(TestClient.connectAndSend(port, CLIENTS));
    }

    /** It would leave the clients in the queue for as long as somebody pleases. */
    @Test
    void oneThatDoesNotAcceptTakesNothing() throws Exception {
        TestServer old = start(1, 0);
        TestServer paused = start(1, old.port());
        paused.connector.setAccepting(false);
        List<TestClient> clients = TestClient.connectAndSend(old.port(), CLIENTS);
        old.server.stop();
        paused.connector.setAccepting(true);

        assertAllAnswered(clients);
        assertTrue(old.report().strategy() != DrainStrategy.HAND_OVER, old.report()::toJson);
        assertEquals(0, ((DrainingServerConnector) paused.connector).getAdopted());
    }

    /** On another address of the same port: nothing is exchanged, and nothing is taken for a crash. */
    @Test
    void anotherAddressIsAnotherGroup() throws Exception {
        TestServer here = start(1, 0);
        TestServer there = new TestServer(TestServer::draining);
        servers.add(there);
        there.connector.setHost("127.0.0.2");
        there.connector.setPort(here.port());
        ((DrainingServerConnector) there.connector).setDrainStrategy("hand-over");
        try (CapturedLog log = new CapturedLog()) {
            there.start();
            TimeUnit.MILLISECONDS.sleep(1200); // Each has looked for a keeper.
            there.server.stop();

            assertEquals(List.of(), log.alarms());
        }
        assertEquals(DrainStrategy.GATE, there.report().strategy());
        assertEquals(0, ((DrainingServerConnector) here.connector).getAdopted());
    }

    /** Threads and descriptors end with their connectors, whoever took their listeners. */
    @Test
    void nothingIsLeftOfWhatHasStopped() throws Exception {
        TestServer stays = start(1, 0);
        start(1, stays.port()).server.stop();
        int before = TestDescriptors.count();
        for (int i = 0; i < 20; i++) {
            TestServer passing = start(1, stays.port());
            passing.server.stop();
            servers.remove(passing);
        }

        Awaitility.await().atMost(5, TimeUnit.SECONDS).until(() -> TestDescriptors.count() <= before + 10);
        Awaitility.await().atMost(5, TimeUnit.SECONDS).until(() -> exchanging() <= 6);
    }

    private static long exchanging() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().matches("sluice-(member|keeper|ward).*"))
                .count();
    }

    /** The last one drains as without hand-over, and the report says why. */
    @Test
    void nobodyTakesTheListenerOfTheLast() throws Exception {
        TestServer last = start(1, 0);
        last.server.stop();

        assertEquals(DrainStrategy.GATE, last.report().strategy());
        assertFalse(last.connector.isOpen());
    }

    /** A request in flight is answered by the one that stops, after its listener has gone. */
    @Test
    void requestsInFlightAreWaitedFor() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        TestServer old = start(1, 0);
        old.onRequest(request -> {
            begun.countDown();
            goOn.await();
        });
        TestClient client = TestClient.connect(old.port());
        client.send(TestClient.GET);
        begun.await();
        start(1, old.port());
        Stopping stopping = Stopping.server(old);
        TimeUnit.MILLISECONDS.sleep(200);
        goOn.countDown();

        assertTrue(TestClient.isAnswered(client.readResponse()));
        stopping.millis();
        assertEquals(1, old.report().answered());
    }

    /** One with another strategy is asked, and has nothing to do with it. */
    @ParameterizedTest
    @ValueSource(strings = {"auto", "steer", "gate", "two-pass"})
    void othersWithoutItAreLeftAlone(String strategy) throws Exception {
        TestServer old = start(1, 0);
        TestServer other = new TestServer(TestServer::draining);
        servers.add(other);
        other.connector.setPort(old.port());
        ((DrainingServerConnector) other.connector).setDrainStrategy(strategy);
        other.start();
        List<TestClient> clients = TestClient.connectAndSend(old.port(), CLIENTS);
        old.server.stop();

        assertAllAnswered(clients);
        assertTrue(old.report().strategy() != DrainStrategy.HAND_OVER, old.report()::toJson);
        assertTrue(old.report().isLossless(), old.report()::toJson);
    }

    @Test
    void withoutAGroupItIsRefused() throws Exception {
        TestServer server = new TestServer(TestServer::draining);
        servers.add(server);
        ((DrainingServerConnector) server.connector).setDrainStrategy("hand-over");
        server.connector.setReusePort(false);

        IllegalArgumentException refused = assertThrows(IllegalArgumentException.class, server::start);

        assertEquals(
                "drainStrategy is 'hand-over', which cannot work here: reusePort is false, so that nobody shares the port;"
                        + " allowed here are auto, gate, two-pass",
                refused.getMessage());
    }

    private TestServer start(int acceptors, int port) throws Exception {
        TestServer server = new TestServer(made -> new DrainingServerConnector(made, acceptors, 1));
        servers.add(server);
        server.connector.setPort(port);
        ((DrainingServerConnector) server.connector).setDrainStrategy("hand-over");
        ((DrainingServerConnector) server.connector).setKeepAliveGrace(50);
        return server.start();
    }

    private static int listeners(int acceptors) {
        return Math.max(1, acceptors);
    }

    private static int members(TestServer server) {
        return ((DrainingServerConnector) server.connector).getMembers();
    }

    private static void assertAllAnswered(List<TestClient> clients) throws Exception {
        for (TestClient client : clients) {
            assertTrue(TestClient.isAnswered(client.readResponse()));
            client.close();
        }
    }
}
