package io.sluice.dropwizard;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.codahale.metrics.MetricRegistry;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.dropwizard.configuration.ConfigurationException;
import io.dropwizard.jackson.Jackson;
import io.dropwizard.jetty.ConnectorFactory;
import io.dropwizard.jetty.HttpConnectorFactory;
import io.dropwizard.jetty.HttpsConnectorFactory;
import io.sluice.DrainStrategy;
import io.sluice.DrainingServerConnector;
import io.sluice.ReadinessPort;
import java.beans.Introspector;
import java.beans.PropertyDescriptor;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.eclipse.jetty.server.ConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** From YAML to the connector. */
class ConnectorPropertiesTest {
    /** Every property of Dropwizard's that it sets on its connector itself, each with a value that is no default. */
    private static final String OF_DROPWIZARD =
            ", port: 18080, bindHost: 127.0.0.1, acceptorThreads: 2, selectorThreads: 3,"
                    + " acceptQueueSize: 77, reuseAddress: false, idleTimeout: 17 s, inheritChannel: true, useProxyProtocol: true";

    /** What cannot be the same in two connectors, and reusePort, whose default is Sluice's. */
    private static final Set<String> DIFFERENT = Set.of(
            "class",
            "beans",
            "connectionFactories",
            "defaultConnectionFactory",
            "reusePort",
            "scheduler",
            "byteBufferPool",
            "executor",
            "selectorManager",
            "server");

    @Test
    void theTypeIsFoundByItsName() throws Exception {
        ConnectorFactory http = Yaml.factory("sluice-http", "");
        ConnectorFactory https = Yaml.factory("sluice-https", "");

        assertInstanceOf(HttpConnectorFactory.class, assertInstanceOf(SluiceHttpConnectorFactory.class, http));
        assertInstanceOf(HttpsConnectorFactory.class, assertInstanceOf(SluiceHttpsConnectorFactory.class, https));
    }

    @ParameterizedTest
    @ValueSource(strings = {"sluice-http", "sluice-https"})
    void ourPropertiesReachTheConnector(String type) throws Exception {
        DrainingServerConnector connector = draining(
                type,
                ", drainTimeout: 7 s, keepAliveGrace: 200 ms,"
                        + " handshakeTimeout: 2s, drainSettle: 15 milliseconds, drainStrategy: two-pass, reusePort: false,"
                        + " listenerPerAcceptor: false, handOverConnections: false,"
                        + " preDrainDelay: 3 s, waitForSuccessor: 4 s, readinessPort: 9001");

        assertEquals(7000, connector.getDrainTimeout());
        assertEquals(200, connector.getKeepAliveGrace());
        assertEquals(2000, connector.getHandshakeTimeout());
        assertEquals(15, connector.getDrainSettle());
        assertEquals(3000, connector.getPreDrainDelay());
        assertEquals(4000, connector.getWaitForSuccessor());
        assertNotNull(connector.getServer().getBean(ReadinessPort.class));
        assertEquals(DrainStrategy.TWO_PASS, connector.getDrainStrategy());
        assertEquals(false, connector.isReusePort());
        assertEquals(false, connector.isListenerPerAcceptor());
        assertEquals(false, connector.isHandOverConnections());
    }

    /** Also those that are set to nothing, as templates do. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            emptyValue = "",
            value = {
                "sluice-http  | ''",
                "sluice-https | ''",
                "sluice-http  | ', drainTimeout: null, keepAliveGrace: ~, handshakeTimeout: ~, drainSettle: ~,"
                        + " preDrainDelay: ~, waitForSuccessor: ~, readinessPort: ~,"
                        + " drainStrategy: ~, reusePort: ~, listenerPerAcceptor: ~, handOverConnections: ~, acceptQueueSize: ~'"
            })
    void whatIsNotSetIsTheConnectorsOwnDefault(String type, String properties) throws Exception {
        DrainingServerConnector expected = new DrainingServerConnector(new Server());
        DrainingServerConnector connector = draining(type, properties);

        assertEquals(expected.getDrainTimeout(), connector.getDrainTimeout());
        assertEquals(expected.getKeepAliveGrace(), connector.getKeepAliveGrace());
        assertEquals(expected.getHandshakeTimeout(), connector.getHandshakeTimeout());
        assertEquals(expected.getDrainSettle(), connector.getDrainSettle());
        assertEquals(expected.getPreDrainDelay(), connector.getPreDrainDelay());
        assertEquals(expected.getWaitForSuccessor(), connector.getWaitForSuccessor());
        assertNull(connector.getServer().getBean(ReadinessPort.class));
        assertEquals(expected.getDrainStrategy(), connector.getDrainStrategy());
        assertEquals(4096, connector.getAcceptQueueSize());
        assertTrue(connector.isReusePort());
    }

    /** Every property that Jetty's connector has, so that one which a later Dropwizard sets is not forgotten. */
    @ParameterizedTest
    @CsvSource({"http, sluice-http", "https, sluice-https"})
    void dropwizardsPropertiesReachTheConnectorAsTheyReachItsOwn(String theirs, String ours) throws Exception {
        Map<String, String> expected = properties(Yaml.connector(theirs, OF_DROPWIZARD));
        Map<String, String> actual = properties(draining(ours, OF_DROPWIZARD));

        assertEquals(expected, actual);
        assertEquals("77", actual.get("acceptQueueSize"));
    }

    /** The protocols and all that is configured in their factories: metrics, PROXY, TLS, HTTP itself. */
    @ParameterizedTest
    @CsvSource({"http, sluice-http", "https, sluice-https"})
    void theConnectionFactoriesAreDropwizards(String theirs, String ours) throws Exception {
        assertEquals(
                factories(Yaml.connector(theirs, ", useProxyProtocol: true")),
                factories(draining(ours, ", useProxyProtocol: true")));
    }

    /** A connector that thinks the server's thread pool its own stops it when it stops, under everybody's feet. */
    @Test
    void whatIsTheServersStaysTheServers() throws Exception {
        Server server = new Server(new QueuedThreadPool());
        DrainingServerConnector application = build(server, null);

        assertSame(server.getThreadPool(), application.getExecutor());
        assertEquals(false, application.isManaged(server.getThreadPool()));
    }

    /** Admin connectors have a pool of their own, and the scheduler and the buffers are always the connector's own. */
    @Test
    void whatDropwizardGivesTheConnectorIsItsOwn() throws Exception {
        Server server = new Server(new QueuedThreadPool());
        QueuedThreadPool adminPool = new QueuedThreadPool();
        DrainingServerConnector admin = build(server, adminPool);

        assertSame(adminPool, admin.getExecutor());
        assertTrue(admin.isManaged(adminPool));
        assertTrue(admin.isManaged(admin.getScheduler()));
        assertNotSame(server.getByteBufferPool(), admin.getByteBufferPool());
    }

    /** A value that is not allowed ends the start with a sentence that names the property and what is allowed. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "drainTimeout: 0 ms         | drainTimeout must be greater than or equal to 1 MILLISECONDS",
                "drainTimeout: -1 s         | Invalid duration: -1 s",
                "drainTimeout: 5            | from Number value (5)",
                "handshakeTimeout: 0 s      | handshakeTimeout must be greater than or equal to 1 MILLISECONDS",
                "drainSettle: 999999 ns     | drainSettle must be greater than or equal to 1 MILLISECONDS",
                "preDrainDelay: -1 ms       | Invalid duration: -1 ms",
                "waitForSuccessor: -1 ms    | Invalid duration: -1 ms",
                "readinessPort: 65536       | readinessPort must be less than or equal to 65535",
                "keepAliveGrace: -1 ms      | Invalid duration: -1 ms",
                "drainStrategy: pour        | drainStrategy is 'pour'; allowed are auto, hand-over, steer, gate, two-pass",
                "reusePort: maybe           | is of type: String, expected: Boolean",
                "acceptQueueSize: -1        | acceptQueueSize must be greater than or equal to 0",
                "drainTimout: 1 s           | Did you mean?:%n      - drainTimeout",
            })
    void aBadValueIsExplained(String property, String sentence) {
        for (String type : List.of("sluice-http", "sluice-https")) {
            ConfigurationException refused =
                    assertThrows(ConfigurationException.class, () -> Yaml.connector(type, ", " + property));

            String message = refused.getMessage();
            assertTrue(message.contains(property.substring(0, property.indexOf(':'))), message);
            assertTrue(message.contains(sentence.replace("%n", System.lineSeparator())), message);
        }
    }

    /** What is written is what can be read: applications dump their configuration. */
    @Test
    void aConfigurationSurvivesTheWayThere() throws Exception {
        ObjectMapper mapper = Jackson.newObjectMapper();
        ConnectorFactory factory = Yaml.factory("sluice-http", ", drainTimeout: 7 s, drainStrategy: two-pass");

        ConnectorFactory copy = mapper.readValue(mapper.writeValueAsString(factory), ConnectorFactory.class);

        DrainingConnectorFactory draining = assertInstanceOf(SluiceHttpConnectorFactory.class, copy);
        assertEquals(7, draining.getDrainTimeout().toSeconds());
        assertEquals(DrainStrategy.TWO_PASS, draining.getDrainStrategy());
        assertEquals(null, draining.getReusePort());
    }

    private static DrainingServerConnector draining(String type, String properties) throws Exception {
        return assertInstanceOf(DrainingServerConnector.class, Yaml.connector(type, properties));
    }

    private static DrainingServerConnector build(Server server, QueuedThreadPool threadPool) throws Exception {
        return assertInstanceOf(
                DrainingServerConnector.class,
                Yaml.factory("sluice-http", "").build(server, new MetricRegistry(), "admin", threadPool));
    }

    private static Map<String, String> properties(ServerConnector connector) throws Exception {
        Map<String, String> values = new TreeMap<>();
        for (PropertyDescriptor property :
                Introspector.getBeanInfo(ServerConnector.class).getPropertyDescriptors()) {
            if (property.getReadMethod() != null && !DIFFERENT.contains(property.getName())) {
                values.put(
                        property.getName(),
                        String.valueOf(property.getReadMethod().invoke(connector)));
            }
        }
        values.put("selectors", String.valueOf(connector.getSelectorManager().getSelectorCount()));
        return values;
    }

    private static List<String> factories(ServerConnector connector) {
        return connector.getConnectionFactories().stream()
                .map(factory -> factory.getClass().getName()
                        + ConnectionFactory.class.cast(factory).getProtocols())
                .toList();
    }
}
