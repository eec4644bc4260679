package io.sluice.spring;

import org.springframework.boot.actuate.autoconfigure.web.ManagementContextConfiguration;
import org.springframework.boot.actuate.autoconfigure.web.ManagementContextType;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.context.annotation.Bean;

/**
 * The same for the server of {@code management.server.port}, which has an application context of its own. It must share
 * its port as well, or else no second process could start beside the first.
 */
@ManagementContextConfiguration(value = ManagementContextType.CHILD, proxyBeanMethods = false)
@ConditionalOnBean(SluiceProperties.class)
class SluiceManagementConfiguration {

    @Bean
    DrainingConnectorCustomizer drainingManagementConnectorCustomizer(SluiceProperties properties) {
        return new DrainingConnectorCustomizer(properties.withoutWaiting());
    }
}
