package io.sluice.internal.lifecycle;

import io.sluice.DrainReport;
import io.sluice.DrainingServerConnector;
import io.sluice.internal.drain.OtherCode;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.handler.GracefulHandler;
import org.eclipse.jetty.util.component.Graceful;
import org.eclipse.jetty.util.component.LifeCycle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connector's part in a stop of its whole server: all draining connectors drain at once, before anything else of the
 * server stops. They find each other among the server's listeners.
 */
public final class ServerStop implements LifeCycle.Listener {
    private static final Logger LOG = LoggerFactory.getLogger(ServerStop.class);

    private final Server server;
    private final Drainable connector;
    private final AtomicBoolean draining = new AtomicBoolean();
    private final AtomicBoolean told = new AtomicBoolean();

    /** Makes the part of a connector; it has none before {@link Server#addEventListener} has been given it. */
    public ServerStop(Server server, Drainable connector) {
        this.server = server;
        this.connector = connector;
    }

    /** Jetty calls it before it tells GracefulHandler and contexts, which answer 503 from then on (Server.doStop). */
    @Override
    public void lifeCycleStopping(LifeCycle stopping) {
        drainAll();
        if (connector.isCallerServing()) {
            skipGracefulShutdown();
        }
    }

    /** Drains all connectors at once, and waits for this one. */
    public void drainAll() {
        for (ServerStop other : parts()) {
            if (other != this && other.draining.compareAndSet(false, true)) {
                other.drainInThread();
            }
        }
        draining.set(true);
        connector.drain(DrainReport.Reason.SERVER_STOP);
    }

    private List<ServerStop> parts() {
        return server.getEventListeners().stream()
                .filter(ServerStop.class::isInstance)
                .map(ServerStop.class::cast)
                .toList();
    }

    /** Each drain may take its whole timeout. */
    private void drainInThread() {
        OtherCode.start("sluice-drain-" + connector, () -> connector.drain(DrainReport.Reason.SERVER_STOP));
    }

    /**
     * Called in the thread of a request that stops its own server. Jetty's graceful shutdown would wait for that request
     * until the stop timeout is over; all others have been waited for by the drain. (Server reads the timeout next.)
     */
    private void skipGracefulShutdown() {
        // One that is stopped by itself at the same time has no part here any more.
        if (Arrays.stream(server.getConnectors()).allMatch(DrainingServerConnector.class::isInstance)) {
            long skipped = server.getStopTimeout();
            server.setStopTimeout(0);
            OnceAfterStop.of(server, () -> server.setStopTimeout(skipped));
        }
    }

    /**
     * Tells the server's Graceful components of the stop as soon as that harms nobody: they answer new requests with 503,
     * and none can come any more. Applications that end long requests when they are told would otherwise wait for the
     * drain, which waits for those requests. Jetty tells the components again after the drain, and waits for them.
     */
    public void tellGracefulComponents() {
        List<ServerStop> parts = parts();
        boolean harmless = server.isStopping()
                && parts.stream().allMatch(part -> part.connector.isDrained() || part.connector.hasOnlyRequestsLeft())
                && isEveryRequestAccepted(parts);
        if (harmless && !parts.isEmpty() && parts.get(0).told.compareAndSet(false, true)) {
            parts.forEach(part -> part.told.set(true));
            OtherCode.start("sluice-graceful-" + connector, this::shutDownGracefulComponents);
        }
    }

    /** A request that has begun and not come to its GracefulHandler yet would be rejected there. */
    private boolean isEveryRequestAccepted(List<ServerStop> parts) {
        List<GracefulHandler> handlers = server.getDescendants(GracefulHandler.class);
        long accepted = handlers.stream()
                .mapToLong(GracefulHandler::getCurrentRequestCount)
                .sum();
        int begun = parts.stream()
                .mapToInt(part -> part.connector.requestsInFlight())
                .sum();
        return handlers.isEmpty() || accepted >= begun;
    }

    private void shutDownGracefulComponents() {
        Set<Graceful> components = new LinkedHashSet<>(server.getContainedBeans(Graceful.class));
        for (Connector one : server.getConnectors()) {
            components.remove(one);
            components.removeAll(one.getContainedBeans(Graceful.class)); // HTTP/2 sessions are the drain's affair.
        }
        components.forEach(ServerStop::shutDown);
    }

    private static void shutDown(Graceful component) {
        try {
            component.shutdown();
        } catch (RuntimeException | Error x) {
            LOG.warn("Failed to tell {} of the stop", component, x);
        }
    }

    /** Tells whether the server's components have been told of a stop that is still draining. */
    public boolean hasToldComponents() {
        return told.get();
    }
}
