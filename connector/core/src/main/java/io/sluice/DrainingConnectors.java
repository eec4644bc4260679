package io.sluice;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.eclipse.jetty.io.SelectorManager;
import org.eclipse.jetty.server.ConnectionFactory;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.LowResourceMonitor;
import org.eclipse.jetty.server.NetworkConnectionLimit;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.component.Container;
import org.eclipse.jetty.util.component.LifeCycle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts draining connectors in the place of Jetty's own, in a server that somebody else has made: most frameworks hand out
 * their {@link Server} before they start it.
 */
public final class DrainingConnectors {
    private static final Logger LOG = LoggerFactory.getLogger(DrainingConnectors.class);

    private DrainingConnectors() {}

    /**
     * Replaces each {@link ServerConnector} of a server by a {@link DrainingServerConnector} that has all that it had: name,
     * address, connection factories, threads, timeouts, beans and listeners. Limits and monitors that name a
     * connector name its successor then.
     *
     * <p>A connector of a subclass is left alone, because what it does is not known here, and so is one that is open already,
     * as an inherited channel is. A WARN names it. Connectors that drain already, and those that are no ServerConnector, are
     * left alone too. A server without any connector gets a WARN as well: its framework adds them later.
     *
     * @param server a server that is not running
     * @return the new connectors, in their order; none if there was nothing to replace
     * @throws IllegalStateException if the server has been started
     */
    public static List<DrainingServerConnector> replaceIn(Server server) {
        return replaceIn(server, connector -> false, connector -> {});
    }

    /**
     * Does the same, for a framework that has subclasses of its own, and settings.
     *
     * @param server a server that is not running
     * @param replaceable tells of a connector of a subclass whether it may be replaced even so
     * @param settings is given each new connector, which has all settings of the old one by then
     * @return the new connectors, in their order; none if there was nothing to replace
     * @throws IllegalStateException if the server has been started
     */
    public static List<DrainingServerConnector> replaceIn(
            Server server,
            Predicate<? super ServerConnector> replaceable,
            Consumer<? super DrainingServerConnector> settings) {
        if (server.isRunning()) {
            throw new IllegalStateException("the server is %s; its connectors can be replaced before it is started"
                    .formatted(server.getState()));
        }
        if (server.getConnectors().length == 0) {
            LOG.warn(
                    "{} has no connectors yet, so that none is replaced: those that are added later stay as they are",
                    server);
        }
        Map<Connector, Connector> replaced = new LinkedHashMap<>();
        List<DrainingServerConnector> made = new ArrayList<>();
        for (Connector connector : server.getConnectors()) {
            replaced.put(connector, connector);
            if (connector instanceof ServerConnector plain && !(plain instanceof DrainingServerConnector)) {
                if (!plain.isOpen() && (plain.getClass() == ServerConnector.class || replaceable.test(plain))) {
                    DrainingServerConnector draining = draining(plain);
                    settings.accept(draining);
                    replaced.put(plain, draining);
                    made.add(draining);
                } else {
                    warn(plain);
                }
            }
        }
        if (!made.isEmpty()) {
            replaceInLimits(server, replaced);
            made.forEach(draining -> replaceInLimits(draining, replaced));
            replaceInMonitors(server, replaced);
            server.setConnectors(replaced.values().toArray(Connector[]::new));
        }
        return made;
    }

    private static void warn(ServerConnector left) {
        LOG.warn(
                "Sluice leaves {} as it is, because it is {}: clients that wait in its accept queue are reset when it stops. A"
                        + " {} in its place would change this",
                left,
                left.isOpen() ? "open already" : "a " + left.getClass().getName(),
                DrainingServerConnector.class.getName());
    }

    private static DrainingServerConnector draining(ServerConnector plain) {
        Server server = plain.getServer();
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

    /** A limit does not tell which connectors it was made for, but adds itself to them when it starts. */
    private static void replaceInLimits(Container container, Map<Connector, Connector> replaced) {
        for (NetworkConnectionLimit limit : List.copyOf(container.getBeans(NetworkConnectionLimit.class))) {
            LifeCycle.start(limit);
            List<Connector> limited = replaced.keySet().stream()
                    .filter(connector -> connector.getBeans().contains(limit))
                    .toList();
            LifeCycle.stop(limit);
            if (limited.stream().allMatch(connector -> replaced.get(connector) == connector)) {
                continue;
            }
            if (limit.getClass() != NetworkConnectionLimit.class) {
                LOG.warn("{} limits connectors that were replaced, and not those in their place", limit);
                continue;
            }
            NetworkConnectionLimit same = new NetworkConnectionLimit(
                    limit.getMaxNetworkConnectionCount(),
                    limited.stream().map(replaced::get).toArray(Connector[]::new));
            same.setEndPointIdleTimeout(limit.getEndPointIdleTimeout());
            container.removeBean(limit);
            container.addBean(same);
        }
    }

    private static void replaceInMonitors(Server server, Map<Connector, Connector> replaced) {
        for (LowResourceMonitor monitor : server.getBeans(LowResourceMonitor.class)) {
            Set<Connector> monitored = new LinkedHashSet<>();
            monitor.getMonitoredConnectors().forEach(each -> monitored.add(replaced.getOrDefault(each, each)));
            monitor.setMonitoredConnectors(monitored);
        }
    }
}
