package io.sluice.spring;

import io.sluice.DrainingServerConnector;
import java.util.Arrays;
import java.util.List;
import org.eclipse.jetty.io.SelectorManager;
import org.eclipse.jetty.server.ConnectionFactory;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.NetworkConnectionLimit;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.SslConnectionFactory;
import org.eclipse.jetty.util.component.LifeCycle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.ssl.SslBundleKey;

/** Replaces the connectors of a server that has not been started. */
final class ConnectorReplacement {
    private static final Logger LOG = LoggerFactory.getLogger(ConnectorReplacement.class);

    /** Spring Boot's connector for {@code server.ssl}: a plain one that looks for the key's alias when it starts. */
    private static final String BOOT_SSL_CONNECTOR =
            "org.springframework.boot.jetty.SslServerCustomizer$SslValidatingServerConnector";

    private final Server server;
    private final SluiceProperties properties;

    ConnectorReplacement(Server server, SluiceProperties properties) {
        this.server = server;
        this.properties = properties;
    }

    /** Replaces the connectors that Spring Boot has made, and its limit of their connections. */
    void replaceOwn() {
        replaceAll();
        if (server.getConnectors()[0] instanceof ServerConnector first) {
            properties.addReadinessPort(server, first.getHost());
        }
        // server.jetty.max-connections. Nobody else has had a chance to make a limit yet.
        for (NetworkConnectionLimit limit : List.copyOf(server.getBeans(NetworkConnectionLimit.class))) {
            server.removeBean(limit);
            server.addBean(new NetworkConnectionLimit(limit.getMaxNetworkConnectionCount(), server.getConnectors()));
        }
    }

    /** Replaces the connectors that were added since, and warns of those that cannot be replaced. */
    void replaceAdded() {
        replaceAll();
        for (Connector connector : server.getConnectors()) {
            if (connector instanceof ServerConnector left && !(left instanceof DrainingServerConnector)) {
                LOG.warn(
                        "Sluice leaves {} as it is, because it is {}: clients that wait in its accept queue are reset when"
                                + " it stops. A {} in its place would change this",
                        left,
                        left.isOpen() ? "open already" : "a " + left.getClass().getName(),
                        DrainingServerConnector.class.getName());
            }
        }
    }

    private void replaceAll() {
        Connector[] connectors = server.getConnectors();
        Connector[] replaced = Arrays.stream(connectors).map(this::replace).toArray(Connector[]::new);
        if (!Arrays.equals(connectors, replaced)) {
            server.setConnectors(replaced);
        }
    }

    private Connector replace(Connector connector) {
        if (!(connector instanceof ServerConnector plain) || plain.isOpen()) {
            return connector;
        }
        if (plain.getClass().getName().equals(BOOT_SSL_CONNECTOR)) {
            requireKeyAlias(plain);
        } else if (plain.getClass() != ServerConnector.class) {
            return connector;
        }
        return draining(plain);
    }

    /** What Spring Boot's connector does once it has been started, with the same words. */
    private static void requireKeyAlias(ServerConnector connector) {
        var tls = connector.getConnectionFactory(SslConnectionFactory.class).getSslContextFactory();
        SslBundleKey.of(null, tls.getCertAlias()).assertContainsAlias(tls.getKeyStore());
    }

    private DrainingServerConnector draining(ServerConnector plain) {
        DrainingServerConnector draining = new DrainingServerConnector(
                server,
                plain.getExecutor() == server.getThreadPool() ? null : plain.getExecutor(),
                plain.getScheduler() == server.getScheduler() ? null : plain.getScheduler(),
                plain.getByteBufferPool() == server.getByteBufferPool() ? null : plain.getByteBufferPool(),
                plain.getAcceptors(),
                plain.getSelectorManager().getSelectorCount(),
                plain.getConnectionFactories().toArray(ConnectionFactory[]::new));
        copySettings(plain, draining);
        copyBeans(plain, draining);
        properties.applyTo(draining);
        return draining;
    }

    private static void copySettings(ServerConnector plain, DrainingServerConnector draining) {
        draining.setName(plain.getName());
        draining.setHost(plain.getHost());
        draining.setPort(plain.getPort());
        draining.setDefaultProtocol(plain.getDefaultProtocol());
        draining.setIdleTimeout(plain.getIdleTimeout());
        draining.setShutdownIdleTimeout(plain.getShutdownIdleTimeout());
        draining.setAcceptorPriorityDelta(plain.getAcceptorPriorityDelta());
        draining.setInheritChannel(plain.isInheritChannel());
        draining.setReuseAddress(plain.getReuseAddress());
        draining.setAcceptedTcpNoDelay(plain.getAcceptedTcpNoDelay());
        draining.setAcceptedReceiveBufferSize(plain.getAcceptedReceiveBufferSize());
        draining.setAcceptedSendBufferSize(plain.getAcceptedSendBufferSize());
        if (plain.getAcceptQueueSize() != 0) { // Jetty's default: as long as the JDK has it, which is 50.
            draining.setAcceptQueueSize(plain.getAcceptQueueSize());
        }
        if (!plain.isAccepting()) {
            draining.setAccepting(false);
        }
    }

    /** Event listeners are beans too. What the new connector has already, or has an own one of, is its constructor's. */
    private static void copyBeans(ServerConnector plain, DrainingServerConnector draining) {
        for (Object bean : plain.getBeans()) {
            if (bean instanceof SelectorManager || draining.contains(bean)) {
                continue;
            }
            if (bean instanceof LifeCycle && !plain.isAuto(bean)) {
                draining.addBean(bean, plain.isManaged(bean));
            } else {
                draining.addBean(bean);
            }
        }
    }
}
