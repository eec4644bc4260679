package io.sluice.spring;

import io.sluice.DrainingServerConnector;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.web.embedded.jetty.ConfigurableJettyWebServerFactory;
import org.springframework.context.annotation.Bean;

/**
 * Makes the connectors of an embedded Jetty {@link DrainingServerConnector}s, of servlet and of reactive applications,
 * unless {@code sluice.enabled} is false. Spring Boot's own properties keep their meaning; {@link SluiceProperties} are
 * added to them.
 */
@AutoConfiguration
@ConditionalOnClass(ConfigurableJettyWebServerFactory.class)
@ConditionalOnWebApplication
@ConditionalOnBooleanProperty(name = "sluice.enabled", matchIfMissing = true)
@EnableConfigurationProperties(SluiceProperties.class)
public final class SluiceAutoConfiguration {
    /** For Spring. */
    public SluiceAutoConfiguration() {}

    @Bean
    DrainingConnectorCustomizer drainingConnectorCustomizer(SluiceProperties properties) {
        return new DrainingConnectorCustomizer(properties);
    }

    @Bean
    OtherServerWarning otherServerWarning() {
        return new OtherServerWarning();
    }
}
