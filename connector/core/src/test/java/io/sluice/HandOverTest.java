package io.sluice;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.linux.TestDescriptors;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
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
        assertEquals(
                "taken over by process " + ProcessHandle.current().pid(),
                old.report().strategyReason());
        assertEquals(ProcessHandle.current().pid(), old.report().takenOverBy());
        assertEquals(listeners(acceptors), old.report().handedOver());
        assertTrue(old.report().isLossless(), old.report()::toJson);
        assertEquals(listeners(acceptors) + listeners(othersAcceptors), members(other));
    }

    /** The report, JMX and listeners tell what has gone where, and how many waited. */
    @Test
    void whatWasTakenOverIsTold() throws Exception {
        TestServer old = start(0, 0);
        TestServer other = start(1, old.port());
        BlockingQueue<Adoption> adoptions = new ArrayBlockingQueue<>(2);
        other.connector.addEventListener(new DrainListener() {
            @Override
            public void onAdopted(DrainingServerConnector connector, Adoption adoption) {
                adoptions.add(adoption);
            }
        });
        ((DrainingServerConnector) old.connector).setHandOverConnections(false); // Or they would be told of last.
        other.connector.setAccepting(false);
        old.connector.setAccepting(false);
        List<TestClient> clients = TestClient.connectAndSend(old.port(), CLIENTS);
        int queued = ((DrainingServerConnector) old.connector).getAcceptQueueLength();
        other.connector.setAccepting(true);
        old.server.stop();

        assertAllAnswered(clients);
        assertTrue(queued > 0);
        assertEquals(queued, old.report().queued());
        assertEquals(
                Adoption.ofListeners(ProcessHandle.current().pid(), 1, queued, false),
                adoptions.poll(5, TimeUnit.SECONDS));
        DrainingServerConnector adopter = (DrainingServerConnector) other.connector;
        assertEquals(
                "{\"from\":%d,\"listeners\":1,\"connections\":0,\"crashed\":false,\"queued\":%d,\"lost\":0}"
                        .formatted(ProcessHandle.current().pid(), queued),
                adopter.getLastAdoption());
        assertEquals(1, adopter.getAdopted());
    }

    /** Who starts is known to the others at once, and not when they look again for somebody. */
    @Test
    void whoStartsIsAKeeperAtOnce() throws Exception {
        TestServer lone = start(1, 0);
        TimeUnit.MILLISECONDS.sleep(1700); // It has looked in vain, and looks again at 3.5 s.
        start(1, lone.port());

        Awaitility.await().atMost(Duration.ofMillis(900)).until(() -> !((DrainingServerConnector) lone.connector)
                .getKeeper()
                .isEmpty());
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
            TimeUnit.MILLISECONDS.sleep(1700); // It has looked in vain, and looks again at 3.5 s.
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
    @ValueSource(strings = {"steer", "gate", "two-pass"})
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

    /** Whose listener it is now decides how many clients may wait; of those beyond, each would wait a second. */
    @Test
    void theQueueIsAsLongAsItsNewOwnerWants() throws Exception {
        TestServer old = new TestServer(TestServer::draining);
        servers.add(old);
        old.connector.setAcceptQueueSize(1);
        old.start();
        TestServer other = start(1, old.port());
        old.server.stop();
        other.connector.setAccepting(false);
        long begin = System.nanoTime();
        List<TestClient> clients = TestClient.connectAndSend(other.port(), CLIENTS);
        long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin);
        other.connector.setAccepting(true);

        assertAllAnswered(clients);
        assertTrue(millis < 900, millis + " ms");
    }

    /** It is what auto does first, on both sides. */
    @Test
    void autoHandsOver() throws Exception {
        TestServer old = new TestServer(TestServer::draining);
        servers.add(old);
        ((DrainingServerConnector) old.connector).setKeepAliveGrace(50);
        old.start();
        TestServer other = new TestServer(TestServer::draining);
        servers.add(other);
        other.connector.setPort(old.port());
        other.start();
        List<TestClient> clients = TestClient.connectAndSend(old.port(), CLIENTS);
        old.server.stop();

        assertAllAnswered(clients);
        assertEquals(DrainStrategy.HAND_OVER, old.report().strategy(), old.report()::toJson);
        assertTrue(old.report().isLossless(), old.report()::toJson);
        assertEquals(1, ((DrainingServerConnector) other.connector).getAdopted());
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
