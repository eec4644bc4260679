package io.sluice;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.mockito.Answers.CALLS_REAL_METHODS;
import static org.mockito.ArgumentMatchers.anyString;
import static org.mockito.Mockito.mockStatic;

import io.sluice.linux.Features;
import io.sluice.linux.KernelListener;
import io.sluice.linux.KernelVersion;
import io.sluice.linux.PeerSocket;
import io.sluice.linux.ReusePortGroup;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.eclipse.jetty.server.Server;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.mockito.MockedStatic;

/** Which strategy a start chooses, with and without what it needs. */
@Timeout(60)
class DrainStrategyTest {
    @Test
    @EnabledOnOs(OS.LINUX)
    void autoHandsOverAndElseSteersWhereTheKernelIsKnownToBeSafe() throws Exception {
        try (TestServer server = new TestServer(TestServer::draining).start()) {
            DrainStrategy instead = KernelVersion.current().isKnownSafe() ? DrainStrategy.STEER : DrainStrategy.GATE;
            String reason = connector(server).getDrainStrategyReason();

            assertEquals(DrainStrategy.HAND_OVER, connector(server).getDrainStrategyInUse());
            assertTrue(reason.contains("nobody takes the listener, " + instead + ": kernel "), reason);
            assertTrue(reason.contains("CVE-2026-52910"), reason);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"hand-over", "steer", "gate", "two-pass"})
    @EnabledOnOs(OS.LINUX)
    void aStrategyMayBeAskedForByName(String name) throws Exception {
        try (TestServer server = new TestServer(TestServer::draining)) {
            connector(server).setDrainStrategy(name);
            server.start();

            assertEquals(DrainStrategy.of(name), connector(server).getDrainStrategyInUse());
            assertTrue(connector(server).getDrainStrategyReason().startsWith("as configured"));
        }
    }

    /** A hardened service may be without AF_UNIX, which is no reason not to start. */
    @Test
    @EnabledOnOs(OS.LINUX)
    void whereOthersCannotBeAnsweredAutoDoesWithout() throws Exception {
        try (TestServer server = new TestServer(TestServer::draining);
                MockedStatic<PeerSocket> sockets = mockStatic(PeerSocket.class, CALLS_REAL_METHODS)) {
            sockets.when(() -> PeerSocket.listen(anyString())).thenThrow(new IOException("[97] not supported"));
            server.start();
            String reason = connector(server).getDrainStrategyReason();

            assertNotEquals(DrainStrategy.HAND_OVER, connector(server).getDrainStrategyInUse());
            assertTrue(reason.startsWith("no other process can find this one: [97] not supported; kernel "), reason);
            server.server.stop();
            assertTrue(server.report().isLossless(), server.report()::toJson);
        }
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void whereOthersCannotBeAnsweredHandOverIsAnError() throws Exception {
        try (TestServer server = new TestServer(TestServer::draining);
                MockedStatic<PeerSocket> sockets = mockStatic(PeerSocket.class, CALLS_REAL_METHODS)) {
            sockets.when(() -> PeerSocket.listen(anyString())).thenThrow(new IOException("[97] not supported"));
            connector(server).setDrainStrategy("hand-over");

            IllegalArgumentException refused = assertThrows(IllegalArgumentException.class, server::start);

            assertEquals(
                    "drainStrategy is 'hand-over', which cannot work here: no other process can find this one: [97] not"
                            + " supported; allowed here are auto, steer, gate, two-pass",
                    refused.getMessage());
        }
    }

    /** Without SO_REUSEPORT there is no group: auto gates, and steer by name is an error. */
    @Test
    @EnabledOnOs(OS.LINUX)
    void withoutAGroupThereIsNoSteering() throws Exception {
        try (TestServer server = new TestServer(TestServer::draining)) {
            server.connector.setReusePort(false);
            server.start();
            assertEquals(DrainStrategy.GATE, connector(server).getDrainStrategyInUse());
            server.server.stop();

            connector(server).setDrainStrategy(DrainStrategy.STEER);
            Exception failure = assertThrows(IllegalArgumentException.class, server::start);

            assertEquals(
                    "drainStrategy is 'steer', which cannot work here: reusePort is false, so that there is no group to"
                            + " steer to; allowed here are auto, gate, two-pass",
                    failure.getMessage());
        }
    }

    /** A start with gate leaves a reuseport program of somebody else alone; one with steer detaches it. */
    @ParameterizedTest
    @CsvSource({"gate, true", "steer, false"})
    @EnabledOnOs(OS.LINUX)
    void onlySteeringDetachesAProgram(String strategy, boolean kept) throws Exception {
        try (ServerSocketChannel first = listen(0);
                ServerSocketChannel favoured = listen(first.socket().getLocalPort());
                TestServer server = new TestServer(TestServer::draining)) {
            ReusePortGroup attacher = seenBy(first);
            attacher.probe();
            await().until(() -> acceptsProbe(first, attacher.listener(0)));
            await().until(() -> favoured.accept() != null); // The other probe.
            assertTrue(attacher.steer(), "from here on all connections go to the favoured listener");
            connector(server).setDrainStrategy(strategy);
            server.connector.setPort(first.socket().getLocalPort());

            server.start();

            List<TestClient> clients = new ArrayList<>();
            for (int i = 0; i < 40; i++) {
                clients.add(TestClient.connect(server.port()));
            }
            assertEquals(kept, seenBy(favoured).listener(0).queueLength() == clients.size());
            clients.forEach(TestClient::close);
            attacher.leave(attacher.listener(0));
        }
    }

    private static ReusePortGroup seenBy(ServerSocketChannel own) throws IOException {
        return ReusePortGroup.of(List.of(own), Features.detect());
    }

    private static boolean acceptsProbe(ServerSocketChannel channel, KernelListener listener) throws IOException {
        try (SocketChannel accepted = channel.accept()) {
            return accepted != null && listener.isProbe(accepted.getRemoteAddress());
        }
    }

    private static ServerSocketChannel listen(int port) throws IOException {
        ServerSocketChannel channel = ServerSocketChannel.open();
        channel.setOption(StandardSocketOptions.SO_REUSEPORT, true);
        channel.bind(new InetSocketAddress("127.0.0.1", port), 100).configureBlocking(false);
        return channel;
    }

    /** JNA is not on the class path: two passes, one warning that says what is at risk. */
    @Test
    void withoutJnaItDrainsInTwoPasses() throws Exception {
        assertTwoPassWithOneWarning(new TestJvm().withoutJna().run(StartAndStop.class, "auto"));
    }

    /** JNA cannot unpack its library, as where the temporary directory is mounted noexec or cannot be written. */
    @Test
    @EnabledOnOs(OS.LINUX)
    void whereJnaCannotUnpackItDrainsInTwoPasses() throws Exception {
        assertTwoPassWithOneWarning(
                new TestJvm().options("-Djna.tmpdir=/proc/1/none").run(StartAndStop.class, "auto"));
    }

    /** Native access is forbidden: JNA throws, the start does not. */
    @Test
    @EnabledForJreRange(minVersion = 24)
    void whereNativeAccessIsForbiddenItDrainsInTwoPasses() throws Exception {
        assertTwoPassWithOneWarning(
                new TestJvm().options("--illegal-native-access=deny").run(StartAndStop.class, "auto"));
    }

    /** Asked for by name, what cannot work is an error at start. */
    @ParameterizedTest
    @ValueSource(strings = {"steer", "gate"})
    void whatCannotWorkIsAnErrorAtStart(String strategy) throws Exception {
        String output = new TestJvm().withoutJna().run(StartAndStop.class, strategy);

        assertTrue(
                output.contains("drainStrategy is '" + strategy + "', which cannot work here: no native access"),
                output);
        assertTrue(output.contains("allowed here are auto, two-pass"), output);
    }

    private static void assertTwoPassWithOneWarning(String output) {
        assertTrue(output.contains("IN USE two-pass: no native access"), output);
        List<String> warnings =
                output.lines().filter(line -> line.contains("WARN io.sluice")).collect(Collectors.toList());
        assertEquals(1, warnings.size(), output);
        assertTrue(warnings.get(0).contains("one connection in 10,000"), output);
        assertTrue(output.contains("\"strategy\":\"two-pass\""), output);
    }

    private static DrainingServerConnector connector(TestServer server) {
        return (DrainingServerConnector) server.connector;
    }

    /** What the JVMs run. */
    static final class StartAndStop {
        private StartAndStop() {}

        public static void main(String[] args) throws Exception {
            Server server = new Server();
            DrainingServerConnector connector = new DrainingServerConnector(server, 1, 1);
            connector.setHost("127.0.0.1");
            connector.setDrainStrategy(args[0]);
            server.addConnector(connector);
            try {
                server.start();
                System.out.printf(
                        "IN USE %s: %s%n", connector.getDrainStrategyInUse(), connector.getDrainStrategyReason());
            } finally {
                server.stop();
            }
            System.out.println(connector.getLastDrain());
        }
    }
}
