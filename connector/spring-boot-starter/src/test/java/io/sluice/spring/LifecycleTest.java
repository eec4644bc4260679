package io.sluice.spring;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.DrainingServerConnector;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import org.eclipse.jetty.server.NetworkConnectionLimit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.jetty.JettyWebServer;
import org.springframework.boot.web.server.context.WebServerInitializedEvent;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.event.EventListener;
import org.springframework.http.server.reactive.HttpHandler;
import reactor.core.publisher.Mono;

/** Whole applications, as Spring Boot starts and stops them. */
@Timeout(60)
class LifecycleTest {

    private static ConfigurableApplicationContext start(WebApplicationType type, String... properties) {
        return new SpringApplicationBuilder(Whole.class)
                .web(type)
                .properties("server.port=0", "server.address=127.0.0.1", "spring.main.banner-mode=off")
                .properties(properties)
                .run();
    }

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class Whole {
        private final List<JettyWebServer> webServers = new ArrayList<>();

        /** Also of the management server, whose context is a child. */
        @EventListener
        void started(WebServerInitializedEvent event) {
            webServers.add((JettyWebServer) event.getWebServer());
        }

        @Bean
        HttpHandler ok() {
            return (request, response) ->
                    response.writeWith(Mono.just(response.bufferFactory().wrap(new byte[] {'o', 'k'})));
        }
    }

    private static HttpResponse<String> get(int port, String path) throws IOException, InterruptedException {
        return HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
    }

    /** Spring Boot opens the connectors again when a stopped context is started. */
    @Tag("slow")
    @Test
    void aStoppedContextStartsAgain() throws Exception {
        try (ConfigurableApplicationContext context = start(WebApplicationType.SERVLET)) {
            DrainingServerConnector connector = TestApplication.connector(context, DrainingServerConnector.class);
            assertEquals(404, get(TestApplication.port(context), "/").statusCode());
            assertEquals(
                    Integer.toString(connector.getLocalPort()),
                    context.getEnvironment().getProperty("local.server.port"));

            context.stop();
            assertEquals(-2, connector.getLocalPort());
            assertTrue(connector.getLastDrainReport().isLossless());

            context.start();
            assertNull(connector.getLastDrainReport());
            assertEquals(404, get(TestApplication.port(context), "/").statusCode());
        }
    }

    /** As the developer tools restart an application: all over again, on the same port. */
    @Tag("slow")
    @Test
    void anApplicationStartsAgainInTheSameProcess() throws Exception {
        int port = 0;
        for (int i = 0; i < 3; i++) {
            try (ConfigurableApplicationContext context =
                    start(WebApplicationType.SERVLET, "server.port=" + port, "server.shutdown=immediate")) {
                port = TestApplication.port(context);
                assertEquals(404, get(port, "/").statusCode());
            }
        }
    }

    /** Two processes can only run at the same time if they can share the management port too. */
    @Test
    void theManagementServerDrainsAndSharesItsPort() throws Exception {
        try (ConfigurableApplicationContext first = start(
                WebApplicationType.SERVLET,
                "management.server.port=0",
                "sluice.drain-timeout=7s",
                "sluice.pre-drain-delay=1ms")) {
            int port = TestApplication.port(first);
            String managementPort = first.getEnvironment().getProperty("local.management.port");
            List<JettyWebServer> webServers = first.getBean(Whole.class).webServers;
            assertEquals(2, webServers.size());
            for (JettyWebServer webServer : webServers) {
                DrainingServerConnector connector = assertInstanceOf(
                        DrainingServerConnector.class, webServer.getServer().getConnectors()[0]);
                assertEquals(7000, connector.getDrainTimeout());
                // The management server stops at another moment: waiting there too would only be a second wait.
                assertEquals(connector.getLocalPort() == port ? 1 : 0, connector.getPreDrainDelay());
            }
            try (ConfigurableApplicationContext second = start(
                    WebApplicationType.SERVLET, "server.port=" + port, "management.server.port=" + managementPort)) {
                assertEquals(managementPort, second.getEnvironment().getProperty("local.management.port"));
            }
            assertEquals(
                    200,
                    get(Integer.parseInt(managementPort), "/actuator/health").statusCode());
        }
    }

    @Test
    void theManagementServerIsStockWhereSluiceIsDisabled() {
        try (ConfigurableApplicationContext first =
                start(WebApplicationType.SERVLET, "management.server.port=0", "sluice.enabled=false")) {
            String managementPort = first.getEnvironment().getProperty("local.management.port");
            assertThrows(Exception.class, () -> start(
                            WebApplicationType.SERVLET,
                            "management.server.port=" + managementPort,
                            "sluice.enabled=false")
                    .close());
        }
    }

    @Test
    void aReactiveApplication() throws Exception {
        try (ConfigurableApplicationContext context =
                start(WebApplicationType.REACTIVE, "server.jetty.max-connections=50")) {
            DrainingServerConnector connector = TestApplication.connector(context, DrainingServerConnector.class);
            assertEquals("ok", get(TestApplication.port(context), "/").body());
            assertEquals(50, connector.getBean(NetworkConnectionLimit.class).getMaxNetworkConnectionCount());
        }
    }
}
