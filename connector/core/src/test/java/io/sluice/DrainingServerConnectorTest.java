package io.sluice;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.DrainReport.Reason;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.reflect.Constructor;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import org.awaitility.Awaitility;
import org.eclipse.jetty.jmx.MBeanContainer;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.annotation.Name;
import org.eclipse.jetty.util.resource.ResourceFactory;
import org.eclipse.jetty.xml.XmlConfiguration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The connector in the place of a ServerConnector: configuration, lifecycle, and what can be read from it. */
@Timeout(60)
class DrainingServerConnectorTest {
    /** Whoever uses a constructor of ServerConnector finds the same here, with the same names for XML. */
    @Test
    void constructorsAreThoseOfServerConnector() {
        assertEquals(signatures(ServerConnector.class), signatures(DrainingServerConnector.class));
    }

    @Test
    void defaults() {
        DrainingServerConnector connector = new DrainingServerConnector(new Server());

        assertTrue(connector.isReusePort());
        assertEquals(4096, connector.getAcceptQueueSize());
        assertEquals(10, connector.getDrainSettle());
        assertEquals(5000, connector.getDrainTimeout());
        assertEquals(DrainStrategy.AUTO, connector.getDrainStrategy());
        assertNull(connector.getLastDrainReport());
    }

    @ParameterizedTest
    @ValueSource(longs = {0, -1, Long.MIN_VALUE})
    void timesAreAtLeastOneMillisecond(long millis) {
        DrainingServerConnector connector = new DrainingServerConnector(new Server());

        String settle = assertThrows(IllegalArgumentException.class, () -> connector.setDrainSettle(millis))
                .getMessage();
        String timeout = assertThrows(IllegalArgumentException.class, () -> connector.setDrainTimeout(millis))
                .getMessage();

        assertEquals("drainSettle is " + millis + " ms; allowed is 1 to 2147483647 ms", settle);
        assertEquals("drainTimeout is " + millis + " ms; allowed is 1 to 2147483647 ms", timeout);
    }

    @Test
    void settleIsShorterThanTheTimeout() {
        try (TestServer server = new TestServer(TestServer::draining)) {
            draining(server).setDrainSettle(100);
            draining(server).setDrainTimeout(100);

            Exception failure = assertThrows(IllegalArgumentException.class, server::start);

            assertEquals("drainSettle is 100 ms; allowed is less than drainTimeout, 100 ms", failure.getMessage());
        }
    }

    @Test
    void strategiesHaveNames() {
        DrainingServerConnector connector = new DrainingServerConnector(new Server());

        connector.setDrainStrategy("two-pass");
        Exception failure =
                assertThrows(IllegalArgumentException.class, () -> connector.setDrainStrategy("three-pass"));

        assertEquals(DrainStrategy.TWO_PASS, connector.getDrainStrategy());
        assertEquals(
                "drainStrategy is 'three-pass'; allowed are auto, hand-over, steer, gate, two-pass",
                failure.getMessage());
    }

    @Test
    void theAcceptQueueHasALength() {
        DrainingServerConnector connector = new DrainingServerConnector(new Server());

        Exception failure = assertThrows(IllegalArgumentException.class, () -> connector.setAcceptQueueSize(-1));

        assertEquals("acceptQueueSize is -1; allowed is 0 or more", failure.getMessage());
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 65536})
    void aPortIsAPort(int port) {
        DrainingServerConnector connector = new DrainingServerConnector(new Server());

        Exception failure = assertThrows(IllegalArgumentException.class, () -> connector.setPort(port));

        assertEquals("port is " + port + "; allowed is 0 to 65535", failure.getMessage());
    }

    /** A process that listens without SO_REUSEPORT keeps everybody else out; the error says what to look at. */
    @Test
    void aTakenPortIsExplained() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
                TestServer server = new TestServer(TestServer::draining)) {
            server.connector.setPort(taken.getLocalPort());

            IOException failure = assertThrows(IOException.class, server::start);

            assertTrue(failure.getMessage().contains("Failed to bind"), failure::getMessage);
            assertTrue(failure.getMessage().contains("without SO_REUSEPORT"), failure::getMessage);
            assertTrue(failure.getMessage().contains("sport = :" + taken.getLocalPort()), failure::getMessage);
        }
    }

    /** Two servers on one port, as two processes would have it; when one stops the other gets what comes. */
    @Test
    void twoServersShareAPort() throws Exception {
        try (TestServer one = new TestServer(TestServer::draining).start();
                TestServer two = new TestServer(TestServer::draining)) {
            two.connector.setPort(one.port());
            two.start();

            one.server.stop();

            for (TestClient client : TestClient.connectAndSend(two.port(), 20)) {
                assertTrue(TestClient.isAnswered(client.readResponse()));
                client.close();
            }
        }
    }

    @Test
    void reusePortMayBeSwitchedOff() throws Exception {
        try (TestServer one = new TestServer(TestServer::draining);
                TestServer two = new TestServer(TestServer::draining)) {
            one.connector.setReusePort(false);
            one.start();
            two.connector.setPort(one.port());

            assertThrows(IOException.class, two::start);
        }
    }

    @ParameterizedTest(name = "acceptors {0}")
    @ValueSource(ints = {0, 1, 2})
    void startsAndStopsAgainAndAgain(int acceptors) throws Exception {
        try (TestServer server = new TestServer(s -> new DrainingServerConnector(s, acceptors, 1))) {
            for (int i = 0; i < 3; i++) {
                server.start();
                assertNull(server.report());
                assertServes(server);
                server.server.stop();
                assertEquals(Reason.SERVER_STOP, server.report().reason());
                assertTrue(server.report().untilClosed().toMillis() < 900, "a selector held the listener");
            }
        }
    }

    @ParameterizedTest(name = "acceptors {0}")
    @ValueSource(ints = {0, 1, 2})
    void acceptingMayPause(int acceptors) throws Exception {
        try (TestServer server = new TestServer(s -> new DrainingServerConnector(s, acceptors, 1)).start()) {
            assertServes(server);
            server.connector.setAccepting(false);
            TestClient waiting = TestClient.connect(server.port());
            waiting.send(TestClient.GET);
            assertTrue(waiting.readToEnd(200).contains("timed out"), "accepted while accepting was off");

            server.connector.setAccepting(true);

            assertServes(server);
        }
    }

    /** An interrupt that meets an acceptor in a blocking accept() would close the channel and reset its queue. */
    @ParameterizedTest(name = "acceptors {0}")
    @ValueSource(ints = {1, 2})
    void anInterruptedAcceptorGoesOn(int acceptors) throws Exception {
        try (TestServer server = new TestServer(s -> new DrainingServerConnector(s, acceptors, 1)).start()) {
            assertServes(server);
            List<Thread> threads = Thread.getAllStackTraces().keySet().stream()
                    .filter(thread -> thread.getName().contains("-acceptor-")
                            && thread.getName().contains(":" + server.port()))
                    .collect(Collectors.toList());
            assertEquals(acceptors, threads.size());

            threads.forEach(Thread::interrupt);

            Awaitility.await().until(() -> threads.stream().noneMatch(Thread::isInterrupted));
            assertTrue(server.connector.isOpen());
            assertServes(server);
        }
    }

    /** Acceptors end with the drain; none spins on the closed listener. */
    @Test
    void acceptorsEndWithTheListener() throws Exception {
        try (TestServer server = new TestServer(s -> new DrainingServerConnector(s, 2, 1)).start()) {
            String port = ":" + server.port();
            server.connector.close();

            Awaitility.await().until(() -> Thread.getAllStackTraces().keySet().stream()
                    .noneMatch(t ->
                            t.getName().contains("-acceptor-") && t.getName().contains(port)));
        }
    }

    @Test
    void mayBeOpenedBeforeTheStart() throws Exception {
        try (TestServer server = new TestServer(TestServer::draining)) {
            server.connector.open();
            int port = server.port();
            assertTrue(port > 0);

            server.start();

            assertEquals(port, server.port());
            assertServes(server);
        }
    }

    /** Opened and closed by hand, then started: it listens again. A stock connector would start without a listener. */
    @Test
    void mayBeClosedBeforeTheStart() throws Exception {
        try (TestServer server = new TestServer(TestServer::draining)) {
            server.connector.open();
            server.connector.close();
            assertFalse(server.connector.isOpen());

            server.start();

            assertServes(server);
        }
    }

    /** Clients that came before the start cannot be served when the connector is closed: counted, not kept quiet. */
    @Test
    void whoCameBeforeTheStartIsReportedLost() throws Exception {
        try (TestServer server = new TestServer(TestServer::draining)) {
            server.connector.open();
            List<TestClient> early = TestClient.connectAndSend(server.port(), 3);

            server.connector.close();

            assertEquals(3, server.report().lost(), server.report().toJson());
            assertFalse(server.report().isLossless());
            early.forEach(TestClient::close);
        }
    }

    @Test
    void mayBeGivenAChannel() throws Exception {
        try (ServerSocketChannel channel = ServerSocketChannel.open();
                TestServer server = new TestServer(TestServer::draining)) {
            channel.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            server.connector.open(channel);

            server.start();

            assertEquals(channel.socket().getLocalPort(), server.port());
            assertServes(server);
        }
    }

    /** Without an inherited channel it opens one of its own, as ServerConnector does. */
    @Test
    void mayInheritAChannel() throws Exception {
        try (TestServer server = new TestServer(TestServer::draining)) {
            server.connector.setInheritChannel(true);

            server.start();

            assertServes(server);
        }
    }

    /** Somebody closes the channel under the connector: that is said, and the stop goes on. */
    @Test
    void aChannelClosedByItsOwnerIsReported() throws Exception {
        try (TestServer server = new TestServer(TestServer::draining).start()) {
            assertInstanceOf(ServerSocketChannel.class, server.connector.getTransport());
            ((ServerSocketChannel) server.connector.getTransport()).close();

            server.server.stop();

            assertEquals(DrainReport.UNKNOWN, server.report().lost());
        }
    }

    @Test
    void listenersAreTold() throws Exception {
        List<String> events = new CopyOnWriteArrayList<>();
        try (TestServer server = new TestServer(TestServer::draining)) {
            server.connector.addEventListener(new DrainListener() {
                @Override
                public void onDrainStarted(DrainingServerConnector connector, Reason reason) {
                    events.add("started " + reason + " open " + connector.isOpen());
                    throw new IllegalStateException("a listener's bug");
                }

                @Override
                public void onDrainFinished(DrainingServerConnector connector, DrainReport report) {
                    events.add("finished " + report.reason() + " open " + connector.isOpen());
                }
            });
            server.start();

            server.connector.shutdown();
            server.server.stop();
        }

        assertEquals(List.of("started SHUTDOWN open true", "finished SHUTDOWN open false"), events);
    }

    @Test
    void theReportIsInJmx() throws Exception {
        MBeanServer mbeans = ManagementFactory.getPlatformMBeanServer();
        try (TestServer server = new TestServer(TestServer::draining)) {
            server.server.addBean(new MBeanContainer(mbeans));
            server.start();
            ObjectName name = mbeans.queryNames(new ObjectName("io.sluice:type=drainingserverconnector,*"), null)
                    .iterator()
                    .next();
            assertNull(mbeans.getAttribute(name, "lastDrain"));
            assertEquals(5000L, mbeans.getAttribute(name, "drainTimeout"));

            server.connector.close();

            Awaitility.await()
                    .untilAsserted(() -> assertTrue(String.valueOf(mbeans.getAttribute(name, "lastDrain"))
                            .contains("\"reason\":\"close\"")));
        }
    }

    @Test
    void theDumpTellsTheSettings() throws Exception {
        try (TestServer server = new TestServer(TestServer::draining).start()) {
            String dump = server.connector.dump();

            for (String part : List.of(
                    "drainStrategyInUse=" + draining(server).getDrainStrategyInUse() + " (",
                    "drainSettle=10",
                    "drainTimeout=5000",
                    "lastDrain=")) {
                assertTrue(dump.contains(part), dump);
            }
        }
    }

    /** The README's jetty.xml: another class name, the same properties and ours. */
    @Test
    void isConfiguredInXml(@TempDir Path dir) throws Exception {
        String xml = """
                <?xml version="1.0"?>
                <!DOCTYPE Configure PUBLIC "-//Jetty//Configure//EN" "https://jetty.org/configure_10_0.dtd">
                <Configure class="org.eclipse.jetty.server.Server">
                  <Call name="addConnector"><Arg>
                    <New id="httpConnector" class="io.sluice.DrainingServerConnector">
                      <Arg name="server"><Ref refid="Server"/></Arg>
                      <Arg name="acceptors" type="int">0</Arg>
                      <Arg name="selectors" type="int">1</Arg>
                      <Arg name="factories"><Array type="org.eclipse.jetty.server.ConnectionFactory">
                        <Item><New class="org.eclipse.jetty.server.HttpConnectionFactory"/></Item>
                      </Array></Arg>
                      <Set name="port">0</Set>
                      <Set name="drainStrategy">two-pass</Set>
                      <Set name="drainSettle">20</Set>
                      <Set name="drainTimeout">7000</Set>
                    </New>
                  </Arg></Call>
                </Configure>
                """;
        Server server = new Server();
        XmlConfiguration configuration = new XmlConfiguration(
                ResourceFactory.of(server).newResource(Files.writeString(dir.resolve("jetty.xml"), xml)));
        configuration.getIdMap().put("Server", server);
        configuration.configure(server);

        DrainingServerConnector connector = (DrainingServerConnector) server.getConnectors()[0];
        assertEquals(DrainStrategy.TWO_PASS, connector.getDrainStrategy());
        assertEquals(20, connector.getDrainSettle());
        assertEquals(7000, connector.getDrainTimeout());
        assertEquals(0, connector.getAcceptors());
    }

    private static void assertServes(TestServer server) throws IOException {
        try (TestClient client = TestClient.connect(server.port())) {
            client.send(TestClient.GET);
            assertTrue(TestClient.isAnswered(client.readResponse()));
        }
        assertNotNull(server.connector.getTransport());
    }

    private static DrainingServerConnector draining(TestServer server) {
        return (DrainingServerConnector) server.connector;
    }

    private static List<String> signatures(Class<?> type) {
        List<String> signatures = new ArrayList<>();
        for (Constructor<?> constructor : type.getConstructors()) {
            signatures.add(Arrays.stream(constructor.getParameters())
                    .map(parameter -> parameter.getType().getName() + " "
                            + parameter.getAnnotation(Name.class).value())
                    .collect(Collectors.joining(", ")));
        }
        signatures.sort(null);
        return signatures;
    }

    /** A test suite sets it once, for all servers that its tests start. */
    @Test
    void theGraceHasASystemProperty() {
        assertEquals(1000, new DrainingServerConnector(new Server()).getKeepAliveGrace());
        System.setProperty("sluice.keepAliveGrace", "0");
        try {
            assertEquals(0, new DrainingServerConnector(new Server()).getKeepAliveGrace());

            for (String bad : List.of("-1", "soon", "2147483648")) {
                System.setProperty("sluice.keepAliveGrace", bad);
                Exception failure =
                        assertThrows(IllegalArgumentException.class, new DrainingServerConnector(new Server())::start);
                assertTrue(
                        failure.getMessage()
                                .matches("sluice.keepAliveGrace is '?" + bad + ".*; allowed is 0 to 2147483647 ms"),
                        failure::getMessage);
            }
        } finally {
            System.clearProperty("sluice.keepAliveGrace");
        }
    }
}
