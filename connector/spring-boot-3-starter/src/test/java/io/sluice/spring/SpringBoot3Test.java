package io.sluice.spring;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.DrainStrategy;
import io.sluice.DrainingServerConnector;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.eclipse.jetty.server.NetworkConnectionLimit;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.ssl.SslAutoConfiguration;
import org.springframework.boot.autoconfigure.web.embedded.EmbeddedWebServerFactoryCustomizerAutoConfiguration;
import org.springframework.boot.autoconfigure.web.reactive.ReactiveWebServerFactoryAutoConfiguration;
import org.springframework.boot.autoconfigure.web.servlet.ServletWebServerFactoryAutoConfiguration;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ReactiveWebApplicationContextRunner;
import org.springframework.boot.test.context.runner.WebApplicationContextRunner;
import org.springframework.boot.web.context.WebServerApplicationContext;
import org.springframework.boot.web.embedded.jetty.ConfigurableJettyWebServerFactory;
import org.springframework.boot.web.embedded.jetty.JettyServerCustomizer;
import org.springframework.boot.web.embedded.jetty.JettyWebServer;
import org.springframework.boot.web.reactive.context.AnnotationConfigReactiveWebServerApplicationContext;
import org.springframework.boot.web.servlet.context.AnnotationConfigServletWebServerApplicationContext;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.server.reactive.HttpHandler;

/** What is not the same as with Spring Boot 4: how the server is got hold of. The rest is tested there. */
@Timeout(120)
class SpringBoot3Test {
    private static final int CLIENTS = 20;

    private static WebApplicationContextRunner servlets() {
        return new WebApplicationContextRunner(AnnotationConfigServletWebServerApplicationContext::new)
                .withConfiguration(AutoConfigurations.of(
                        SslAutoConfiguration.class,
                        EmbeddedWebServerFactoryCustomizerAutoConfiguration.class,
                        ServletWebServerFactoryAutoConfiguration.class,
                        SluiceAutoConfiguration.class))
                .withUserConfiguration(Servlets.class)
                .withPropertyValues("server.port=0", "server.address=127.0.0.1");
    }

    private static Server server(ApplicationContext context) {
        return ((JettyWebServer) ((WebServerApplicationContext) context).getWebServer()).getServer();
    }

    private static DrainingServerConnector connector(ApplicationContext context) {
        return assertInstanceOf(DrainingServerConnector.class, server(context).getConnectors()[0]);
    }

    @Test
    void servletApplicationsDrain() {
        servlets()
                .withPropertyValues(
                        "sluice.drain-timeout=9s", "sluice.drain-strategy=two-pass", "server.jetty.max-connections=7")
                .run(context -> {
                    ApplicationContext source = context.getSourceApplicationContext();
                    DrainingServerConnector connector = connector(source);
                    assertEquals(9000, connector.getDrainTimeout());
                    assertSame(DrainStrategy.TWO_PASS, connector.getDrainStrategy());
                    assertTrue(connector.contains(server(source).getBean(NetworkConnectionLimit.class)));
                });
    }

    @Test
    void reactiveApplicationsDrain() {
        new ReactiveWebApplicationContextRunner(AnnotationConfigReactiveWebServerApplicationContext::new)
                .withConfiguration(AutoConfigurations.of(
                        ReactiveWebServerFactoryAutoConfiguration.class, SluiceAutoConfiguration.class))
                .withUserConfiguration(Reactive.class)
                .withPropertyValues("server.port=0", "server.address=127.0.0.1")
                .run(context -> assertNotNull(connector(context.getSourceApplicationContext())));
    }

    @Test
    void theConnectorOfServerSslDrains() {
        servlets()
                .withPropertyValues(
                        "server.ssl.key-store=classpath:localhost-example.p12", "server.ssl.key-store-password=example")
                .run(context -> assertEquals(
                        "ssl", connector(context.getSourceApplicationContext()).getDefaultProtocol()));
    }

    /** The server's customizers of the application see the connector that will be used. */
    @Test
    void customizersSeeTheNewOne() {
        servlets()
                .withUserConfiguration(IdleTimeout.class)
                .run(context -> assertEquals(
                        4711, connector(context.getSourceApplicationContext()).getIdleTimeout()));
    }

    /** Clients that are in the accept queue when the application is closed are answered. */
    @Test
    void whoWaitsInTheQueueIsAnswered() {
        List<Socket> clients = new ArrayList<>();
        List<DrainingServerConnector> drained = new ArrayList<>();
        servlets().withPropertyValues("sluice.keep-alive-grace=200ms").run(context -> {
            DrainingServerConnector connector = connector(context.getSourceApplicationContext());
            drained.add(connector);
            connector.setAccepting(false);
            for (int i = 0; i < CLIENTS; i++) {
                Socket client = new Socket(InetAddress.getLoopbackAddress(), connector.getLocalPort());
                clients.add(client);
                client.setSoTimeout(20_000);
                client.getOutputStream()
                        .write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            }
            assertTrue(connector.getAcceptQueueLength() > 0);
        }); // Closes the application.

        for (Socket client : clients) {
            try (client) {
                String response = new String(client.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
                assertTrue(response.startsWith("HTTP/1.1 200"), response);
            } catch (IOException x) {
                throw new AssertionError(x);
            }
        }
        assertTrue(drained.get(0).getLastDrainReport().isLossless());
    }

    @Test
    void notIfItIsNotWanted() {
        servlets().withPropertyValues("sluice.enabled=false").run(context -> {
            assertSame(
                    ServerConnector.class,
                    server(context.getSourceApplicationContext())
                            .getConnectors()[0]
                            .getClass());
            assertNull(context.getStartupFailure());
        });
    }

    /** As with Spring Boot 4, where the class has another name. */
    @Test
    void anApplicationWithoutOurJettyDoesNotStart() {
        new WebApplicationContextRunner()
                .withConfiguration(
                        AutoConfigurations.of(SluiceAutoConfiguration.class, SluiceWithoutJettyAutoConfiguration.class))
                .withClassLoader(new FilteredClassLoader(ConfigurableJettyWebServerFactory.class))
                .run(context -> {
                    Throwable cause = context.getStartupFailure();
                    while (cause.getCause() != null) {
                        cause = cause.getCause();
                    }
                    assertTrue(
                            cause.getMessage().startsWith("sluice-spring-boot-3-starter needs Spring Boot 3.5"),
                            cause::toString);
                });
    }

    @Configuration(proxyBeanMethods = false)
    static class Servlets {
        @Bean
        HttpServlet ok() {
            return new Ok();
        }
    }

    private static final class Ok extends HttpServlet {
        private static final long serialVersionUID = 1;

        @Override
        protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
            response.getOutputStream().print("ok");
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class Reactive {
        @Bean
        HttpHandler ok() {
            return (request, response) -> response.setComplete();
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class IdleTimeout {
        @Bean
        JettyServerCustomizer idleTimeout() {
            return server -> {
                for (var connector : server.getConnectors()) {
                    ((DrainingServerConnector) connector).setIdleTimeout(4711);
                }
            };
        }
    }
}
