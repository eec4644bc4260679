package io.sluice.spring;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.springframework.boot.web.embedded.jetty.ConfigurableJettyWebServerFactory;
import org.springframework.boot.web.embedded.jetty.JettyReactiveWebServerFactory;
import org.springframework.boot.web.embedded.jetty.JettyServerCustomizer;
import org.springframework.boot.web.embedded.jetty.JettyServletWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.core.Ordered;

/**
 * Has connectors replaced twice: Spring Boot's own before all other server customizers, so that those configure the
 * connector that will be used, and after them what they have added.
 */
final class DrainingConnectorCustomizer
        implements WebServerFactoryCustomizer<ConfigurableJettyWebServerFactory>, Ordered {
    private final SluiceProperties properties;

    DrainingConnectorCustomizer(SluiceProperties properties) {
        this.properties = properties;
    }

    /** The two factories have nothing in common that tells the customizers which they have. */
    @Override
    public void customize(ConfigurableJettyWebServerFactory factory) {
        if (factory instanceof JettyServletWebServerFactory servlet) {
            servlet.setServerCustomizers(around(servlet.getServerCustomizers()));
        } else if (factory instanceof JettyReactiveWebServerFactory reactive) {
            reactive.setServerCustomizers(around(reactive.getServerCustomizers()));
        } else {
            throw new IllegalStateException("Sluice does not know how to customize a "
                    + factory.getClass().getName()
                    + "; allowed are JettyServletWebServerFactory and JettyReactiveWebServerFactory, and subclasses");
        }
    }

    private List<JettyServerCustomizer> around(Collection<JettyServerCustomizer> others) {
        List<JettyServerCustomizer> customizers = new ArrayList<>();
        customizers.add(server -> new ConnectorReplacement(server, properties).replaceOwn());
        customizers.addAll(others);
        customizers.add(server -> new ConnectorReplacement(server, properties).replaceAdded());
        return customizers;
    }

    /** Last, when all server customizers are known. Among those that say the same, the application's come first. */
    @Override
    public int getOrder() {
        return LOWEST_PRECEDENCE;
    }
}
