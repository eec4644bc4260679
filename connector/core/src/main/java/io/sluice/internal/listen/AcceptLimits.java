package io.sluice.internal.listen;

import org.eclipse.jetty.server.AbstractConnector;
import org.eclipse.jetty.server.AcceptRateLimit;
import org.eclipse.jetty.server.ConnectionLimit;
import org.eclipse.jetty.server.LowResourceMonitor;
import org.eclipse.jetty.server.NetworkConnectionLimit;
import org.eclipse.jetty.util.Jetty;

/**
 * Jetty's limits on accepting, as a drain must see them. All of them clear the connector's accepting flag, but not all
 * mean the same: a connection beyond a connection limit is closed by it, one beyond the others is served like any other.
 */
@SuppressWarnings("removal") // ConnectionLimit: since 12.1, and still what many configurations name.
public final class AcceptLimits implements Listener.Room {
    private final AbstractConnector connector;

    AcceptLimits(AbstractConnector connector) {
        this.connector = connector;
    }

    /**
     * Refuses an older Jetty, which would fail in the middle of a drain only.
     *
     * @throws IllegalStateException if it has no limit of network connections, which came with 12.0.24
     */
    public static void requireJetty() {
        try {
            NetworkConnectionLimit.class.getName();
        } catch (NoClassDefFoundError x) {
            throw new IllegalStateException(
                    "Jetty is %s; allowed is 12.0.24 or later, or 12.1".formatted(Jetty.VERSION), x);
        }
    }

    /** Is asked for each connection: every one that is handed over can change the answer at once. */
    @Override
    public boolean hasRoom(boolean mayWait) {
        if (connector.isAccepting()) {
            return true;
        }
        if (isConnectionLimitReached(0)) {
            return false;
        }
        // Nothing else closes what is accepted, and a flag that was cleared by hand is not set again in a stop.
        return !mayWait || !isPassing();
    }

    /**
     * Tells whether no limit on connections would be exceeded by more of them.
     *
     * @param pending how many are to be opened already, of which no limit knows yet
     */
    boolean hasRoomFor(int pending) {
        return !isConnectionLimitReached(pending);
    }

    /** Pending ones are read first: one that is opened in between counts twice, never not at all. */
    private boolean isConnectionLimitReached(int more) {
        return connector.getBeans(ConnectionLimit.class).stream()
                        .anyMatch(limit -> more + limit.getPendingConnections() + limit.getConnections()
                                >= limit.getMaxConnections())
                || connector.getBeans(NetworkConnectionLimit.class).stream()
                        .anyMatch(limit ->
                                more + limit.getPendingNetworkConnectionCount() + limit.getNetworkConnectionCount()
                                        >= limit.getMaxNetworkConnectionCount());
    }

    private boolean isPassing() {
        return !connector.getBeans(AcceptRateLimit.class).isEmpty()
                || connector.getServer().getBeans(LowResourceMonitor.class).stream()
                        .anyMatch(LowResourceMonitor::isLowOnResources);
    }
}
