package io.sluice.spring;

import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.server.ServerConnector;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.ssl.SslAutoConfiguration;
import org.springframework.boot.jetty.JettyWebServer;
import org.springframework.boot.jetty.autoconfigure.servlet.JettyServletWebServerAutoConfiguration;
import org.springframework.boot.test.context.assertj.ApplicationContextAssertProvider;
import org.springframework.boot.test.context.runner.WebApplicationContextRunner;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.boot.web.server.servlet.context.AnnotationConfigServletWebServerApplicationContext;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** A servlet application on an embedded Jetty and a free port, and what its server looks like. */
final class TestApplication {
    private TestApplication() {}

    static WebApplicationContextRunner runner() {
        return new WebApplicationContextRunner(AnnotationConfigServletWebServerApplicationContext::new)
                .withConfiguration(AutoConfigurations.of(
                        SslAutoConfiguration.class,
                        JettyServletWebServerAutoConfiguration.class,
                        SluiceAutoConfiguration.class))
                .withUserConfiguration(Servlets.class)
                .withPropertyValues("server.port=0", "server.address=127.0.0.1");
    }

    static JettyWebServer webServer(ApplicationContext context) {
        ApplicationContext source = context instanceof ApplicationContextAssertProvider<?> asserted
                ? asserted.getSourceApplicationContext()
                : context;
        return (JettyWebServer) ((WebServerApplicationContext) source).getWebServer();
    }

    static int port(ApplicationContext context) {
        return webServer(context).getPort();
    }

    static ServerConnector[] connectors(ApplicationContext context) {
        return Arrays.stream(webServer(context).getServer().getConnectors())
                .map(ServerConnector.class::cast)
                .toArray(ServerConnector[]::new);
    }

    /** The only connector. */
    static <T extends ServerConnector> T connector(ApplicationContext context, Class<T> type) {
        ServerConnector[] connectors = connectors(context);
        if (connectors.length != 1) {
            throw new AssertionError("not one connector: " + Arrays.toString(connectors));
        }
        return type.cast(connectors[0]);
    }

    @Configuration(proxyBeanMethods = false)
    static class Servlets {
        @Bean
        HttpServlet ok() {
            return new Ok();
        }
    }

    /** Answers with the scheme of the request, after {@code ?millis=N}. */
    private static final class Ok extends HttpServlet {
        private static final long serialVersionUID = 1;

        @Override
        protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
            String millis = request.getParameter("millis");
            try {
                TimeUnit.MILLISECONDS.sleep(millis == null ? 0 : Long.parseLong(millis));
            } catch (InterruptedException x) {
                throw new IOException(x);
            }
            byte[] body = ("ok " + request.getScheme()).getBytes(StandardCharsets.US_ASCII);
            response.setContentLength(body.length);
            response.getOutputStream().write(body);
        }
    }
}
