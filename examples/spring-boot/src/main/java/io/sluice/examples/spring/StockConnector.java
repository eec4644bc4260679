package io.sluice.examples.spring;

import java.util.Arrays;
import org.eclipse.jetty.server.ServerConnector;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.jetty.JettyServerCustomizer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * For comparison, with {@code --sluice.enabled=false --example.stock=true}: Jetty's own connector, with a port that can be
 * shared. An application with the starter needs none of this.
 */
@Configuration(proxyBeanMethods = false)
@ConditionalOnBooleanProperty("example.stock")
class StockConnector {

    @Bean
    JettyServerCustomizer sharedPort() {
        return server -> Arrays.stream(server.getConnectors())
                .map(ServerConnector.class::cast)
                .forEach(connector -> connector.setReusePort(true));
    }
}
