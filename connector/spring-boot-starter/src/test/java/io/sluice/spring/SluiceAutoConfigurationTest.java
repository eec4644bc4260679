package io.sluice.spring;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.sluice.DrainReport;
import io.sluice.DrainStrategy;
import io.sluice.DrainingConnectors;
import io.sluice.DrainingServerConnector;
import io.sluice.ReadinessPort;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.stream.Stream;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.slf4j.LoggerFactory;
import org.springframework.boot.jetty.JettyServerCustomizer;
import org.springframework.boot.jetty.JettyWebServerFactory;
import org.springframework.boot.web.server.PortInUseException;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;

/** Which connectors are replaced, and what the properties {@code sluice.*} do to them. */
@Timeout(60)
class SluiceAutoConfigurationTest {
    private final Logger log = (Logger) LoggerFactory.getLogger(DrainingConnectors.class);
    private final ListAppender<ILoggingEvent> warnings = new ListAppender<>();

    @BeforeEach
    void listen() {
        warnings.start();
        log.addAppender(warnings);
    }

    @AfterEach
    void listenNoMore() {
        log.detachAppender(warnings);
    }

    /** It serves, and drains when the context is closed. */
    @Test
    void theConnectorIsADrainingOne() {
        AtomicReference<DrainingServerConnector> connector = new AtomicReference<>();
        TestApplication.runner().run(context -> {
            connector.set(TestApplication.connector(context, DrainingServerConnector.class));
            try (RawClient client = RawClient.connect(TestApplication.port(context))) {
                assertTrue(client.send("/").receive().endsWith("ok http"));
            }
        });

        DrainReport report = connector.get().getLastDrainReport();
        assertNotNull(report);
        assertEquals(DrainReport.Reason.SHUTDOWN, report.reason());
        assertTrue(report.isLossless(), report::toString);
    }

    @Test
    void disabledLeavesTheStockConnector() {
        TestApplication.runner().withPropertyValues("sluice.enabled=false").run(context -> {
            assertSame(
                    ServerConnector.class,
                    TestApplication.connector(context, ServerConnector.class).getClass());
            assertEquals(
                    0, context.getBeansOfType(DrainingConnectorCustomizer.class).size());
        });
    }

    static Stream<Arguments> properties() {
        return Stream.of(
                property("drain-timeout=7s", DrainingServerConnector::getDrainTimeout, 7000L),
                property("drain-timeout=1234", DrainingServerConnector::getDrainTimeout, 1234L),
                property("keep-alive-grace=0s", DrainingServerConnector::getKeepAliveGrace, 0L),
                property("handshake-timeout=250ms", DrainingServerConnector::getHandshakeTimeout, 250L),
                property("drain-settle=20ms", DrainingServerConnector::getDrainSettle, 20L),
                property("pre-drain-delay=300ms", DrainingServerConnector::getPreDrainDelay, 300L),
                property("wait-for-successor=400ms", DrainingServerConnector::getWaitForSuccessor, 400L),
                property("drain-strategy=two-pass", DrainingServerConnector::getDrainStrategy, DrainStrategy.TWO_PASS),
                property("drain-strategy=auto", DrainingServerConnector::getDrainStrategy, DrainStrategy.AUTO),
                property("reuse-port=false", DrainingServerConnector::isReusePort, false),
                property("listener-per-acceptor=false", DrainingServerConnector::isListenerPerAcceptor, false),
                property("hand-over-connections=false", DrainingServerConnector::isHandOverConnections, false),
                property("accept-queue-size=77", DrainingServerConnector::getAcceptQueueSize, 77));
    }

    private static Arguments property(String property, Function<DrainingServerConnector, Object> getter, Object value) {
        return Arguments.of(property, getter, value);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("properties")
    void propertiesReachTheConnector(
            String property, Function<DrainingServerConnector, Object> getter, Object expected) {
        TestApplication.runner()
                .withPropertyValues("sluice." + property)
                .run(context -> assertEquals(
                        expected, getter.apply(TestApplication.connector(context, DrainingServerConnector.class))));
    }

    /** Asked over a port of its own, of the application's server only. */
    @Test
    void theReadinessPortAnswers() {
        TestApplication.runner().withPropertyValues("sluice.readiness-port=0").run(context -> {
            Server server = TestApplication.connector(context, DrainingServerConnector.class)
                    .getServer();
            int port = server.getBean(ReadinessPort.class).getLocalPort();
            HttpResponse<String> answer = HttpClient.newHttpClient()
                    .send(
                            HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port))
                                    .build(),
                            HttpResponse.BodyHandlers.ofString());

            assertEquals("200 ready\n", answer.statusCode() + " " + answer.body());
        });
    }

    @Test
    void whatIsNotSetKeepsTheConnectorsDefault() {
        DrainingServerConnector fresh = new DrainingServerConnector(new Server());

        TestApplication.runner().run(context -> {
            DrainingServerConnector connector = TestApplication.connector(context, DrainingServerConnector.class);
            properties().forEach(property -> {
                @SuppressWarnings("unchecked")
                Function<DrainingServerConnector, Object> getter =
                        (Function<DrainingServerConnector, Object>) property.get()[1];
                assertEquals(getter.apply(fresh), getter.apply(connector), property.get()[0]::toString);
            });
        });
    }

    /** The start fails with a sentence that names the property and says what is allowed. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "drain-timeout=0      | sluice.drain-timeout with value 'PT0S' | allowed is 1 to 2147483647 ms",
                "drain-timeout=-5s    | sluice.drain-timeout with value 'PT-5S' | allowed is 1 to 2147483647 ms",
                "drain-timeout=900us  | sluice.drain-timeout with value 'PT0.0009S' | allowed is 1 to 2147483647 ms",
                "drain-timeout=soon   | 'sluice.drain-timeout'                 | 'soon' is not a valid duration",
                "keep-alive-grace=-1  | sluice.keep-alive-grace with value     | allowed is 0 to 2147483647 ms",
                "handshake-timeout=0  | sluice.handshake-timeout with value    | allowed is 1 to 2147483647 ms",
                "drain-settle=0       | sluice.drain-settle with value         | allowed is 1 to 2147483647 ms",
                "pre-drain-delay=-1   | sluice.pre-drain-delay with value      | allowed is 0 to 2147483647 ms",
                "wait-for-successor=-1| sluice.wait-for-successor with value   | allowed is 0 to 2147483647 ms",
                "readiness-port=65536 | sluice.readiness-port with value       | allowed is 0 to 65535",
                "drain-timeout=5ms    | drainSettle is 10 ms                   | allowed is less than drainTimeout, 5 ms",
                "drain-strategy=hope  | 'sluice.drain-strategy'                | io.sluice.DrainStrategy.hope",
                "reuse-port=maybe     | 'sluice.reuse-port'                    | Invalid boolean value 'maybe'",
                "accept-queue-size=-1 | sluice.accept-queue-size with value '-1' | allowed is 0 or more"
            })
    void aBadValueFailsTheStart(String property, String named, String allowed) {
        TestApplication.runner().withPropertyValues("sluice." + property).run(context -> {
            String messages = messages(context.getStartupFailure());
            assertTrue(messages.contains(named), messages);
            assertTrue(messages.contains(allowed), messages);
        });
    }

    private static String messages(Throwable failure) {
        return Stream.iterate(failure, x -> x != null, Throwable::getCause)
                .map(String::valueOf)
                .reduce("", (all, one) -> all + "\n" + one);
    }

    /** A port that is taken by somebody who does not share it is reported as Spring Boot always does. */
    @Test
    void aTakenPortFailsTheStart() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            TestApplication.runner()
                    .withPropertyValues("server.port=" + taken.getLocalPort())
                    .run(context -> {
                        PortInUseException failure = assertInstanceOf(
                                PortInUseException.class, rootWebServerFailure(context.getStartupFailure()));
                        assertEquals(taken.getLocalPort(), failure.getPort());
                    });
        }
    }

    private static Throwable rootWebServerFailure(Throwable failure) {
        return Stream.iterate(failure, x -> x != null, Throwable::getCause)
                .filter(PortInUseException.class::isInstance)
                .findFirst()
                .orElse(failure);
    }

    /** Without a shared port, a second application is told that it is taken. */
    @Test
    void thePortIsSharedUnlessItShouldNotBe() {
        TestApplication.runner().run(first -> {
            String port = "server.port=" + TestApplication.port(first);
            TestApplication.runner()
                    .withPropertyValues(port)
                    .run(second -> assertEquals(TestApplication.port(first), TestApplication.port(second)));
            TestApplication.runner()
                    .withPropertyValues(port, "sluice.reuse-port=false")
                    .run(second -> assertInstanceOf(
                            PortInUseException.class, rootWebServerFailure(second.getStartupFailure())));
        });
    }

    /** Someone else's class may do what ours does not; it is left alone, and one warning says so. */
    @Test
    void aConnectorOfTheApplicationsOwnIsLeftAlone() {
        TestApplication.runner().withUserConfiguration(OwnConnector.class).run(context -> {
            ServerConnector[] connectors = TestApplication.connectors(context);
            assertEquals(2, connectors.length);
            assertSame(DrainingServerConnector.class, connectors[0].getClass());
            assertSame(OwnConnector.Special.class, connectors[1].getClass());

            assertEquals(1, warnings.list.size(), warnings.list::toString);
            String warning = warnings.list.get(0).getFormattedMessage();
            assertTrue(warning.contains("is a " + OwnConnector.Special.class.getName()), warning);
            assertEquals(Level.WARN, warnings.list.get(0).getLevel());
        });
    }

    @Configuration(proxyBeanMethods = false)
    static class OwnConnector {
        @Bean
        JettyServerCustomizer special() {
            return server -> server.addConnector(new Special(server));
        }

        private static final class Special extends ServerConnector {
            private Special(Server server) {
                super(server);
                setHost("127.0.0.1");
            }
        }
    }

    /** One that the application has chosen itself keeps its settings, without a warning. */
    @Test
    void aDrainingConnectorOfTheApplicationsOwnIsLeftAlone() {
        TestApplication.runner()
                .withUserConfiguration(OwnDrainingConnector.class)
                .withPropertyValues("sluice.drain-timeout=9s")
                .run(context -> {
                    DrainingServerConnector own =
                            assertInstanceOf(DrainingServerConnector.class, TestApplication.connectors(context)[1]);
                    assertEquals(1234, own.getDrainTimeout());
                    assertEquals(0, warnings.list.size(), warnings.list::toString);
                });
    }

    @Configuration(proxyBeanMethods = false)
    static class OwnDrainingConnector {
        @Bean
        JettyServerCustomizer draining() {
            return server -> {
                DrainingServerConnector own = new DrainingServerConnector(server);
                own.setHost("127.0.0.1");
                own.setDrainTimeout(1234);
                server.addConnector(own);
            };
        }
    }

    /**
     * What the application's customizers set on the connector ends up on the one that is used; they win over
     * properties, and may see it as what it is.
     */
    @Test
    void customizersConfigureTheConnectorThatIsUsed() {
        TestApplication.runner()
                .withUserConfiguration(Customizers.class)
                .withPropertyValues("sluice.accept-queue-size=77", "server.jetty.connection-idle-timeout=9s")
                .run(context -> {
                    DrainingServerConnector connector =
                            (DrainingServerConnector) TestApplication.connectors(context)[0];
                    assertSame(connector, context.getBean(Customizers.class).seen);
                    assertEquals("mine", connector.getName());
                    assertEquals(88, connector.getAcceptQueueSize());
                    assertEquals(9000, connector.getIdleTimeout());
                });
    }

    /** Connectors that are added by customizers are replaced too, however late those run. */
    @Test
    void addedConnectorsAreReplaced() {
        TestApplication.runner().withUserConfiguration(Customizers.class).run(context -> {
            ServerConnector[] connectors = TestApplication.connectors(context);
            assertEquals(3, connectors.length);
            for (ServerConnector connector : connectors) {
                assertSame(DrainingServerConnector.class, connector.getClass());
                try (RawClient client = RawClient.connect(connector.getLocalPort())) {
                    assertTrue(client.send("/").receive().endsWith("ok http"));
                }
            }
        });
    }

    @Configuration(proxyBeanMethods = false)
    static class Customizers {
        private ServerConnector seen;

        @Bean
        JettyServerCustomizer mine() {
            return server -> {
                seen = (ServerConnector) server.getConnectors()[0];
                seen.setName("mine");
                seen.setAcceptQueueSize(88);
                server.addConnector(plain(server));
            };
        }

        @Bean
        @Order(Ordered.LOWEST_PRECEDENCE)
        WebServerFactoryCustomizer<JettyWebServerFactory> last() {
            return factory -> factory.addServerCustomizers(server -> server.addConnector(plain(server)));
        }

        private static ServerConnector plain(Server server) {
            ServerConnector connector = new ServerConnector(server);
            connector.setHost("127.0.0.1");
            return connector;
        }
    }
}
