package io.sluice.spring;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.jetty.JettyWebServerFactory;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.context.runner.WebApplicationContextRunner;
import org.springframework.boot.web.server.WebServer;
import org.springframework.boot.web.server.servlet.ServletWebServerFactory;
import org.springframework.boot.web.server.servlet.context.AnnotationConfigServletWebServerApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Applications whose server is none that Sluice knows. */
class WithoutJettyTest {
    private static final AutoConfigurations SLUICE =
            AutoConfigurations.of(SluiceAutoConfiguration.class, SluiceWithoutJettyAutoConfiguration.class);
    private static final FilteredClassLoader NO_JETTY = new FilteredClassLoader(JettyWebServerFactory.class);

    /** As with Spring Boot 3, where the class has another name. */
    @Test
    void anApplicationWithoutOurJettyDoesNotStart() {
        new WebApplicationContextRunner()
                .withConfiguration(SLUICE)
                .withClassLoader(NO_JETTY)
                .run(context -> {
                    Throwable cause = context.getStartupFailure();
                    while (cause.getCause() != null) {
                        cause = cause.getCause();
                    }
                    assertTrue(
                            cause.getMessage()
                                    .matches("sluice-spring-boot-starter needs Spring Boot 4 .*sluice\\.enabled.*"),
                            cause::toString);
                });
    }

    @Test
    void unlessItDoesWithoutSluice() {
        new WebApplicationContextRunner()
                .withConfiguration(SLUICE)
                .withClassLoader(NO_JETTY)
                .withPropertyValues("sluice.enabled=false")
                .run(context -> assertNull(context.getStartupFailure()));
    }

    /** One that serves nobody has nothing to drain. */
    @Test
    void orServesNobody() {
        new ApplicationContextRunner()
                .withConfiguration(SLUICE)
                .withClassLoader(NO_JETTY)
                .run(context -> assertNull(context.getStartupFailure()));
    }

    @Test
    void anotherServerIsTold() {
        Logger log = (Logger) LoggerFactory.getLogger(OtherServerWarning.class);
        ListAppender<ILoggingEvent> warnings = new ListAppender<>();
        warnings.start();
        log.addAppender(warnings);
        try {
            new WebApplicationContextRunner(AnnotationConfigServletWebServerApplicationContext::new)
                    .withConfiguration(SLUICE)
                    .withUserConfiguration(OtherServer.class)
                    .run(context -> assertNull(context.getStartupFailure()));
            TestApplication.runner().run(context -> assertNull(context.getStartupFailure())); // Jetty: nothing to tell.
        } finally {
            log.detachAppender(warnings);
        }

        assertEquals(1, warnings.list.size());
        assertEquals(Level.WARN, warnings.list.get(0).getLevel());
        assertTrue(
                warnings.list.get(0).getFormattedMessage().startsWith("Sluice drains nothing on port 4711, because"),
                warnings.list::toString);
    }

    @Configuration(proxyBeanMethods = false)
    static class OtherServer {
        @Bean
        ServletWebServerFactory factory() {
            return initializers -> new WebServer() {
                @Override
                public void start() {}

                @Override
                public void stop() {}

                @Override
                public int getPort() {
                    return 4711;
                }
            };
        }
    }
}
