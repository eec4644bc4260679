package io.sluice.spring;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.web.context.WebServerInitializedEvent;
import org.springframework.boot.web.embedded.jetty.JettyWebServer;
import org.springframework.boot.web.server.WebServer;
import org.springframework.context.ApplicationListener;

/** Tells of a server that Sluice cannot drain: where Tomcat is on the class path too, Spring Boot prefers it. */
final class OtherServerWarning implements ApplicationListener<WebServerInitializedEvent> {
    private static final Logger LOG = LoggerFactory.getLogger(OtherServerWarning.class);

    @Override
    public void onApplicationEvent(WebServerInitializedEvent event) {
        WebServer server = event.getWebServer();
        if (!(server instanceof JettyWebServer)) {
            LOG.warn(
                    "Sluice drains nothing on port {}, because it is served by a {}; for Jetty, exclude the starter of that"
                            + " server, as spring-boot-starter-tomcat",
                    server.getPort(),
                    server.getClass().getName());
        }
    }
}
