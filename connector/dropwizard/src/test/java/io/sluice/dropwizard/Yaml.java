package io.sluice.dropwizard;

import com.codahale.metrics.MetricRegistry;
import io.dropwizard.configuration.ConfigurationException;
import io.dropwizard.configuration.DefaultConfigurationFactoryFactory;
import io.dropwizard.core.Configuration;
import io.dropwizard.core.server.DefaultServerFactory;
import io.dropwizard.jackson.Jackson;
import io.dropwizard.jersey.validation.Validators;
import io.dropwizard.jetty.ConnectorFactory;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;

/** Reads a configuration the way Dropwizard does for an application that knows nothing of Sluice. */
final class Yaml {
    private Yaml() {}

    /** A whole configuration. */
    static Configuration configuration(String yaml) throws IOException, ConfigurationException {
        return new DefaultConfigurationFactoryFactory<Configuration>()
                .create(Configuration.class, Validators.newValidator(), Jackson.newObjectMapper(), "dw")
                .build(path -> new ByteArrayInputStream(yaml.getBytes(StandardCharsets.UTF_8)), "test.yml");
    }

    /**
     * The factory of the only application connector.
     *
     * @param type its type; one of TLS gets a key store, which is not read before the start
     * @param properties in YAML's flow style, each with a comma before it
     */
    static ConnectorFactory factory(String type, String properties) throws IOException, ConfigurationException {
        String tls = type.endsWith("https") ? ", keyStorePath: pom.xml, keyStorePassword: none" : "";
        Configuration configuration =
                configuration("server: {applicationConnectors: [{type: %s%s%s}]}".formatted(type, tls, properties));
        return ((DefaultServerFactory) configuration.getServerFactory())
                .getApplicationConnectors()
                .get(0);
    }

    /** The connector that this factory builds for a server of its own. */
    static ServerConnector connector(String type, String properties) throws IOException, ConfigurationException {
        return (ServerConnector)
                factory(type, properties).build(new Server(), new MetricRegistry(), "application", null);
    }
}
