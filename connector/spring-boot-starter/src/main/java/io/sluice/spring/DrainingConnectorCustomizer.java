package io.sluice.spring;

import java.util.ArrayList;
import java.util.List;
import org.springframework.boot.jetty.JettyServerCustomizer;
import org.springframework.boot.jetty.JettyWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.core.Ordered;

/**
 * Has connectors replaced twice: Spring Boot's own before all other server customizers, so that those configure the
 * connector that will be used, and after them what they have added.
 */
final class DrainingConnectorCustomizer implements WebServerFactoryCustomizer<JettyWebServerFactory>, Ordered {
    private final SluiceProperties properties;

    DrainingConnectorCustomizer(SluiceProperties properties) {
        this.properties = properties;
    }

    @Override
    public void customize(JettyWebServerFactory factory) {
        List<JettyServerCustomizer> customizers = new ArrayList<>();
        customizers.add(server -> new ConnectorReplacement(server, properties).replaceOwn());
        customizers.addAll(factory.getServerCustomizers());
        customizers.add(server -> new ConnectorReplacement(server, properties).replaceAdded());
        factory.setServerCustomizers(customizers);
    }

    /** Last, when all server customizers are known. Among those that say the same, the application's come first. */
    @Override
    public int getOrder() {
        return LOWEST_PRECEDENCE;
    }
}
