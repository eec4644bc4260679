package io.sluice.internal.connection;

import io.sluice.internal.drain.Successor;
import io.sluice.linux.ConnectionDescriptors;
import io.sluice.linux.ConnectionEnds;
import io.sluice.linux.Descriptor;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.ManagedSelector;
import org.eclipse.jetty.server.internal.HttpConnection;
import org.eclipse.jetty.util.IO;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has another process go on with the connections of one that stops, each as soon as it is between two requests: their
 * clients notice nothing. Whatever a client has sent since then waits in the kernel, and goes with its connection.
 *
 * <p>A connection leaves its selector first, then another process gets a copy of its descriptor and says that it is ready,
 * and only then is it served there, and closed here. So at no moment do two read from it.
 */
final class ConnectionHandOver {
    private static final Logger LOG = LoggerFactory.getLogger(ConnectionHandOver.class);

    private final Successor successor;
    private volatile boolean over;

    // Used by the thread that drains. At most as many are asked to leave as the successor gets at once.
    private final ConnectionDescriptors descriptors = new ConnectionDescriptors();
    private final Set<TrackedConnection> asked = new LinkedHashSet<>();
    private final AtomicInteger handedOver = new AtomicInteger();

    ConnectionHandOver(Successor successor) {
        this.successor = successor;
    }

    /** Tells whether nobody else goes on with connections any more. */
    boolean isOver() {
        return over;
    }

    /** Tells whether a connection goes on elsewhere once it is between two requests. */
    boolean isFor(Connection connection) {
        return !over && Http1.isMovable(connection);
    }

    /**
     * Tells whether nothing is to be read from a connection here any more. One that has not had a request here yet has
     * perhaps waited in our queue for long: its first one is answered here if it has come.
     */
    boolean isNextRequestFor(Connection connection) {
        return isFor(connection)
                && connection.getMessagesIn() > 0
                && Http1.isBetweenRequests((HttpConnection) connection);
    }

    /** Tells whether it is on its way, so that it must not be closed here. */
    boolean isLeaving(TrackedConnection connection) {
        TrackedEndPoint endPoint = connection.tracked();
        return endPoint != null
                && switch (endPoint.leaving()) {
                    case ASKED, LEFT, GONE -> true;
                    case NOT -> isReady(connection);
                    case STAYED -> false; // It may be given away later, and is closed in its time even so.
                };
    }

    /** Tells how many another process goes on with. */
    int handedOver() {
        return handedOver.get();
    }

    /** Tells whether it goes on as soon as it is called again. */
    boolean isAtWork() {
        return !asked.isEmpty();
    }

    /** Goes on with it; never waits for anybody but the successor. */
    void handOver(Collection<TrackedConnection> connections) {
        List<TrackedConnection> left =
                asked.stream().filter(each -> each.tracked().hasLeft()).toList();
        if (!left.isEmpty() && !over) {
            give(left);
        } else {
            left.forEach(each -> each.tracked().comeBack());
        }
        asked.removeIf(each -> !each.tracked().isOnItsWay());
        if (over) {
            connections.forEach(ConnectionHandOver::readOn);
        } else {
            ask(connections);
        }
    }

    private static void readOn(TrackedConnection connection) {
        TrackedEndPoint endPoint = connection.tracked();
        if (endPoint != null && !endPoint.isOnItsWay()) {
            endPoint.unpark();
        }
    }

    private void ask(Collection<TrackedConnection> connections) {
        Map<ManagedSelector, List<TrackedConnection>> bySelector = new HashMap<>();
        for (TrackedConnection connection : connections) {
            if (asked.size() < Successor.MOST && isReady(connection) && asked.add(connection)) {
                connection.tracked().askToLeave();
                bySelector
                        .computeIfAbsent(connection.tracked().selector(), selector -> new ArrayList<>())
                        .add(connection);
            }
        }
        bySelector.forEach((selector, those) ->
                selector.submit(nio -> those.forEach(each -> each.tracked().leaveIfWaiting(() -> isReady(each)))));
    }

    private boolean isReady(TrackedConnection connection) {
        TrackedEndPoint endPoint = connection.tracked();
        return endPoint != null
                && isFor(endPoint.getConnection())
                && connection.isWaitingForRequest()
                && Http1.isBetweenRequests((HttpConnection) endPoint.getConnection());
    }

    private void give(List<TrackedConnection> left) {
        descriptors.refresh();
        List<TrackedConnection> given = new ArrayList<>();
        List<Descriptor> copies = new ArrayList<>();
        for (TrackedConnection each : left) {
            if (each.tracked().getLocalSocketAddress() instanceof InetSocketAddress local
                    && each.tracked().getRemoteSocketAddress() instanceof InetSocketAddress remote) {
                descriptors.find(new ConnectionEnds(local, remote)).ifPresent(descriptor -> {
                    given.add(each);
                    copies.add(descriptor);
                });
            }
        }
        int taken = copies.isEmpty() ? 0 : successor.take(copies);
        LOG.debug("{} of {} connections go on elsewhere", taken, copies.size());
        Set<TrackedConnection> stay = new LinkedHashSet<>(left);
        for (TrackedConnection each : given.subList(0, taken)) {
            each.tracked().goOnElsewhere();
            stay.remove(each);
        }
        handedOver.addAndGet(taken);
        stay.forEach(each -> each.tracked().comeBack());
        over = taken < copies.size();
    }

    /** Closes what has left its selector, and would not be closed with it. */
    void end() {
        over = true;
        asked.stream()
                .filter(each -> each.tracked().leaving() == TrackedEndPoint.Leaving.LEFT)
                .forEach(each -> IO.close(each.tracked().getConnection()));
    }
}
