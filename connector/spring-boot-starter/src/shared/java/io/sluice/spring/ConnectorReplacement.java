package io.sluice.spring;

import io.sluice.DrainingConnectors;
import java.util.List;
import java.util.regex.Pattern;
import org.eclipse.jetty.server.NetworkConnectionLimit;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.SslConnectionFactory;
import org.springframework.boot.ssl.SslBundleKey;

/** Replaces the connectors of a server that has not been started. */
final class ConnectorReplacement {
    /** Spring Boot's connector for {@code server.ssl}: a plain one that looks for the key's alias when it starts. */
    private static final Pattern BOOT_SSL_CONNECTOR = Pattern.compile(
            "org\\.springframework\\.boot\\.(jetty|web\\.embedded\\.jetty)\\.SslServerCustomizer\\$SslValidatingServerConnector");

    private final Server server;
    private final SluiceProperties properties;

    ConnectorReplacement(Server server, SluiceProperties properties) {
        this.server = server;
        this.properties = properties;
    }

    /** Replaces the connectors that Spring Boot has made, and its limit of their connections. */
    void replaceOwn() {
        replaceAdded();
        // server.jetty.max-connections: with server.ssl it was made for a connector that Boot itself has replaced
        // since.
        for (NetworkConnectionLimit limit : List.copyOf(server.getBeans(NetworkConnectionLimit.class))) {
            server.removeBean(limit);
            server.addBean(new NetworkConnectionLimit(limit.getMaxNetworkConnectionCount(), server.getConnectors()));
        }
        if (server.getConnectors()[0] instanceof ServerConnector first) {
            properties.addReadinessPort(server, first.getHost());
        }
    }

    /** Replaces the connectors that were added since. */
    void replaceAdded() {
        DrainingConnectors.replaceIn(server, ConnectorReplacement::isBoots, properties::applyTo);
    }

    private static boolean isBoots(ServerConnector connector) {
        boolean boots = BOOT_SSL_CONNECTOR.matcher(connector.getClass().getName()).matches();
        if (boots) {
            requireKeyAlias(connector);
        }
        return boots;
    }

    /** What Spring Boot's connector does once it has been started, with the same words. */
    private static void requireKeyAlias(ServerConnector connector) {
        var tls = connector.getConnectionFactory(SslConnectionFactory.class).getSslContextFactory();
        SslBundleKey.of(null, tls.getCertAlias()).assertContainsAlias(tls.getKeyStore());
    }
}
