package io.sluice;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.eclipse.jetty.server.Server;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Several acceptors, each with a listener of its own. */
@Timeout(60)
@EnabledOnOs(OS.LINUX)
class ListenerPerAcceptorTest {
    private static final int CLIENTS = 60;

    @ParameterizedTest
    @CsvSource({"0, true, 1", "1, true, 1", "2, true, 2", "3, true, 3", "3, false, 1"})
    void eachAcceptorHasAListener(int acceptors, boolean each, int listeners) throws Exception {
        try (TestServer server = server(acceptors)) {
            connector(server).setListenerPerAcceptor(each);
            server.start();

            assertEquals(listeners, connector(server).getMembers());
            assertAnswered(TestClient.connectAndSend(server.port(), CLIENTS));
        }
    }

    /** The kernel spreads clients over the acceptors, and each serves its own. */
    @Test
    void allAcceptorsAccept() throws Exception {
        Map<String, Boolean> acceptors = new ConcurrentHashMap<>();
        try (TestServer server = new TestServer(jetty -> new DrainingServerConnector(jetty, 3, 1) {
            @Override
            protected void configure(java.net.Socket socket) {
                acceptors.put(Thread.currentThread().getName(), true);
                super.configure(socket);
            }
        })) {
            server.start();
            assertAnswered(TestClient.connectAndSend(server.port(), CLIENTS));
        }
        assertEquals(3, acceptors.size(), acceptors.toString());
    }

    /** All queues are drained: nobody is reset, and no listener stays. */
    @ParameterizedTest
    @EnumSource(
            value = DrainStrategy.class,
            names = {"STEER", "GATE", "TWO_PASS"})
    void allQueuesAreDrained(DrainStrategy strategy) throws Exception {
        try (TestServer server = server(3);
                TestServer other = server(2)) {
            connector(server).setDrainStrategy(strategy);
            server.start();
            server.connector.setAccepting(false);
            List<TestClient> queued = TestClient.connectAndSend(server.port(), CLIENTS);
            other.connector.setPort(server.port());
            other.start();

            server.server.stop();

            assertAnswered(queued);
            DrainReport report = server.report();
            assertTrue(report.isLossless(), report::toJson);
            assertEquals(strategy, report.strategy(), report::toJson);
            assertTrue(report.firstPass() + report.stragglers() >= CLIENTS - 3, report::toJson);
            assertEquals(2, connector(other).getMembers());
            assertAnswered(TestClient.connectAndSend(other.port(), CLIENTS));
        }
    }

    /** Nobody but us: the group has several members, and none to steer to. */
    @Test
    void oursAreNoSuccessor() throws Exception {
        try (TestServer server = server(3)) {
            connector(server).setDrainStrategy(DrainStrategy.STEER);
            connector(server).setWaitForSuccessor(100);
            server.start();
            server.server.stop();
            assertEquals(DrainStrategy.GATE, server.report().strategy());
            assertEquals(3, server.report().members());
            assertTrue(server.report().waited().toMillis() >= 100, server.report()::toJson);
        }
    }

    /** The queue is that of all listeners together. */
    @Test
    void theQueueIsAllQueues() throws Exception {
        try (TestServer server = server(3)) {
            server.start();
            server.connector.setAccepting(false);
            List<TestClient> queued = TestClient.connectAndSend(server.port(), CLIENTS);
            // Each acceptor may have been about to accept one.
            await().until(() -> connector(server).getAcceptQueueLength() >= CLIENTS - 3);
            server.server.stop();
            assertAnswered(queued);
        }
    }

    /** A channel that somebody else made stays the only one. */
    @Test
    void aChannelOfSomebodyElseHasNoSiblings() throws Exception {
        try (TestServer server = server(3);
                ServerSocketChannel theirs = ServerSocketChannel.open().bind(new InetSocketAddress("127.0.0.1", 0))) {
            server.connector.open(theirs);
            server.start();
            assertEquals(1, listenersOn(server.port()));
            assertAnswered(TestClient.connectAndSend(server.port(), CLIENTS));
        }
    }

    private static long listenersOn(int port) throws IOException {
        Pattern row = Pattern.compile(" *\\d+: [0-9A-F]+:%04X [0-9A-F:]+ 0A .*".formatted(port)); // TCP_LISTEN
        try (Stream<String> four = Files.lines(Path.of("/proc/net/tcp"));
                Stream<String> six = Files.lines(Path.of("/proc/net/tcp6"))) {
            return Stream.concat(four, six).filter(row.asMatchPredicate()).count();
        }
    }

    /** Whoever passes a channel may have given it to others too: nothing is set on it. */
    @Test
    void nothingIsSetOnAChannelOfSomebodyElse() throws Exception {
        try (TestServer server = server(1);
                ServerSocketChannel theirs = ServerSocketChannel.open().bind(new InetSocketAddress("127.0.0.1", 0))) {
            server.connector.open(theirs);
            server.start();
            assertAnswered(TestClient.connectAndSend(server.port(), CLIENTS));

            server.server.stop();

            assertEquals(DrainStrategy.TWO_PASS, server.report().strategy());
            assertEquals(
                    "as others may hold the listener, nothing is set on it",
                    server.report().strategyReason());
            assertEquals(DrainReport.UNKNOWN, server.report().members());
            assertTrue(server.report().isLossless(), server.report().toJson());
        }
    }

    /** A restart of the connector opens all of them again. */
    @Test
    void aRestartOpensAllAgain() throws Exception {
        try (TestServer server = server(2)) {
            server.start();
            server.connector.stop();
            assertFalse(server.connector.isOpen());
            server.connector.start();
            assertEquals(2, connector(server).getMembers());
            assertNull(connector(server).getLastDrainReport());
            assertAnswered(TestClient.connectAndSend(server.port(), CLIENTS));
        }
    }

    private static TestServer server(int acceptors) {
        return new TestServer(jetty -> connector(jetty, acceptors));
    }

    private static DrainingServerConnector connector(Server server, int acceptors) {
        return new DrainingServerConnector(server, acceptors, 1);
    }

    private static DrainingServerConnector connector(TestServer server) {
        return (DrainingServerConnector) server.connector;
    }

    private static void assertAnswered(List<TestClient> clients) throws Exception {
        List<String> answers = clients.stream()
                .map(client -> {
                    try (client) {
                        return client.readResponse();
                    } catch (java.io.IOException x) {
                        return x.toString();
                    }
                })
                .filter(answer -> !TestClient.isAnswered(answer))
                .collect(Collectors.toList());
        assertEquals(List.of(), answers);
    }
}
