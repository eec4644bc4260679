package io.sluice.spring;

import org.springframework.boot.SpringBootVersion;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;

/**
 * Refuses to start where there is nothing that Sluice could drain: with Spring Boot 3, whose classes have other names, and
 * without Spring Boot's own support of Jetty. Whoever adds the starter counts on it. It uses what all versions have.
 */
@AutoConfiguration
@ConditionalOnMissingClass("org.springframework.boot.jetty.JettyWebServerFactory")
@ConditionalOnWebApplication
@ConditionalOnProperty(name = "sluice.enabled", matchIfMissing = true)
public final class SluiceWithoutJettyAutoConfiguration {
    /**
     * For Spring.
     *
     * @throws IllegalStateException always, with what is missing
     */
    public SluiceWithoutJettyAutoConfiguration() {
        throw new IllegalStateException(
                ("sluice-spring-boot-starter needs Spring Boot 4 with spring-boot-jetty, which is not on the class path; this is"
                                + " Spring Boot %s. For 3.5 there is sluice-spring-boot-3-starter; with sluice.enabled=false"
                                + " the application starts without Sluice.")
                        .formatted(SpringBootVersion.getVersion()));
    }
}
