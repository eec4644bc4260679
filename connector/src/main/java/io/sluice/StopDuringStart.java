package io.sluice;

import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.server.NetworkConnector;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.util.component.AbstractLifeCycle;
import org.eclipse.jetty.util.component.LifeCycle;
import org.eclipse.jetty.util.thread.ShutdownThread;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What SIGTERM does while the server starts. Jetty's shutdown thread stops only what has started: it would let the JVM
 * end with everybody whom the listener holds, if that is open already. This stands beside the server in that thread's
 * list until the server has started, and stops it as soon as it has.
 */
final class StopDuringStart extends AbstractLifeCycle {
    private static final Logger LOG = LoggerFactory.getLogger(StopDuringStart.class);
    private static final long POLL_MILLIS = 5;

    private final DrainingServerConnector connector;
    private final Duration limit;
    private boolean tooLate; // Guarded by this.

    private StopDuringStart(DrainingServerConnector connector, Duration limit) {
        this.connector = connector;
        this.limit = limit;
    }

    /**
     * Stands by until the server of a connector has started, or failed to.
     *
     * @param limit how long a stop may wait for that
     */
    static StopDuringStart standBy(DrainingServerConnector connector, Duration limit) {
        StopDuringStart stop = new StopDuringStart(connector, limit);
        LifeCycle.start(stop);
        ShutdownThread.register(stop);
        connector.getServer().addEventListener(new LifeCycle.Listener() {
            @Override
            public void lifeCycleStarted(LifeCycle server) {
                standDown(server);
            }

            @Override
            public void lifeCycleFailure(LifeCycle server, Throwable cause) {
                standDown(server);
            }

            /** It remains started: the shutdown thread may have gone past the server, and come to this next. */
            private void standDown(LifeCycle server) {
                ShutdownThread.deregister(stop);
                server.removeEventListener(this);
            }
        });
        return stop;
    }

    /** Whether the start that this stood by for has ended. */
    boolean isOver() {
        return !ShutdownThread.isRegistered(this);
    }

    /** Opens the listener, unless the JVM has begun to end: nobody would be there to drain it. */
    synchronized void open(Opening opening) throws IOException {
        if (tooLate) {
            throw new IOException("the JVM is shutting down; the listener stays closed");
        }
        opening.open();
    }

    @Override
    protected void doStop() throws Exception {
        Server server = connector.getServer();
        boolean open;
        synchronized (this) {
            // Of any connector: the start must succeed then, with all of them, to answer who waits.
            open = Arrays.stream(server.getConnectors())
                    .anyMatch(one -> one instanceof NetworkConnector network && network.isOpen());
            tooLate = !open;
        }
        long end = System.nanoTime() + limit.toNanos();
        while (open && server.isStarting() && System.nanoTime() < end) {
            TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
        }
        if (server.isStarted()) {
            server.stop();
        } else if (open && server.isStarting()) {
            LOG.warn(
                    "Stopped while the server starts, which takes longer than {} ms: {} connections in the accept queue are lost",
                    limit.toMillis(),
                    connector.getAcceptQueueLength());
        }
    }

    /** Opens a listener. */
    interface Opening {
        void open() throws IOException;
    }
}
