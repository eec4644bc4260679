package io.sluice.dropwizard;

import io.dropwizard.util.Duration;
import io.sluice.DrainStrategy;
import io.sluice.DrainingServerConnector;
import io.sluice.ReadinessPort;
import java.util.function.LongConsumer;
import org.eclipse.jetty.io.ByteBufferPool;
import org.eclipse.jetty.server.ConnectionFactory;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.thread.Scheduler;
import org.eclipse.jetty.util.thread.ThreadPool;

/** What a {@link DrainingConnectorFactory} was told, and the connector that comes of it. */
public final class DrainSettings {
    // Null is the connector's own default.
    Duration drainTimeout;
    Duration keepAliveGrace;
    Duration handshakeTimeout;
    Duration drainSettle;
    Duration preDrainDelay;
    Duration waitForSuccessor;
    Integer readinessPort;
    DrainStrategy drainStrategy;
    Boolean reusePort;
    Boolean listenerPerAcceptor;
    Boolean handOverConnections;

    /** Nothing set. */
    public DrainSettings() {}

    /**
     * The draining connector in the place of one that Dropwizard has built and nobody has started: it takes over all
     * that Dropwizard sets. Dropwizard creates its connector with {@code new} in the midst of that, so there is no other
     * way to have its settings without repeating them.
     *
     * @param dropwizards is not used any more
     * @param threadPool what Dropwizard gave its connector, null for the server's: the connector stops what it is given
     * @param scheduler likewise
     * @param bufferPool likewise
     * @param acceptQueueSize as it was configured, null for the draining connector's default: Dropwizard sets the
     *     system's
     * @return a connector of the same server, not added to it
     */
    public DrainingServerConnector inPlaceOf(
            ServerConnector dropwizards,
            ThreadPool threadPool,
            Scheduler scheduler,
            ByteBufferPool bufferPool,
            Integer acceptQueueSize) {
        DrainingServerConnector connector = new DrainingServerConnector(
                dropwizards.getServer(),
                threadPool,
                scheduler,
                bufferPool,
                dropwizards.getAcceptors(),
                dropwizards.getSelectorManager().getSelectorCount(),
                dropwizards.getConnectionFactories().toArray(ConnectionFactory[]::new));
        connector.setName(dropwizards.getName());
        connector.setHost(dropwizards.getHost());
        connector.setPort(dropwizards.getPort());
        connector.setInheritChannel(dropwizards.isInheritChannel());
        connector.setReuseAddress(dropwizards.getReuseAddress());
        connector.setIdleTimeout(dropwizards.getIdleTimeout());
        if (acceptQueueSize != null) {
            connector.setAcceptQueueSize(acceptQueueSize);
        }
        setMillis(drainTimeout, connector::setDrainTimeout);
        setMillis(keepAliveGrace, connector::setKeepAliveGrace);
        setMillis(handshakeTimeout, connector::setHandshakeTimeout);
        setMillis(drainSettle, connector::setDrainSettle);
        setMillis(preDrainDelay, connector::setPreDrainDelay);
        setMillis(waitForSuccessor, connector::setWaitForSuccessor);
        if (readinessPort != null) {
            dropwizards
                    .getServer()
                    .addBean(new ReadinessPort(dropwizards.getServer(), dropwizards.getHost(), readinessPort));
        }
        if (drainStrategy != null) {
            connector.setDrainStrategy(drainStrategy);
        }
        if (reusePort != null) {
            connector.setReusePort(reusePort);
        }
        if (listenerPerAcceptor != null) {
            connector.setListenerPerAcceptor(listenerPerAcceptor);
        }
        if (handOverConnections != null) {
            connector.setHandOverConnections(handOverConnections);
        }
        return connector;
    }

    private static void setMillis(Duration value, LongConsumer property) {
        if (value != null) {
            property.accept(value.toMilliseconds());
        }
    }
}
