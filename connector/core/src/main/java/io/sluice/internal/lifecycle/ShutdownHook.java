package io.sluice.internal.lifecycle;

import java.io.IOException;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.eclipse.jetty.server.NetworkConnector;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.util.component.AbstractLifeCycle;
import org.eclipse.jetty.util.component.LifeCycle;
import org.eclipse.jetty.util.thread.ShutdownThread;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Handles SIGTERM while a server starts, while somebody else stops it, and where nobody does. Jetty's {@link ShutdownThread}
 * stops only servers that want it, and of these what is started; it passes over all else: the JVM would end with a listener
 * that is open already, or in the middle of a drain. This hook comes after the server in that thread's list.
 */
public final class ShutdownHook extends AbstractLifeCycle {
    private static final Logger LOG = LoggerFactory.getLogger(ShutdownHook.class);
    private static final long POLL_MILLIS = 5;

    private final Server server;
    private final Drainable connector;
    private OnceAfterStop deregistration;
    private boolean tooLate; // Guarded by this.

    private ShutdownHook(Server server, Drainable connector) {
        this.server = server;
        this.connector = connector;
    }

    /** Registers a hook until the server of a connector has stopped, or failed to start; see {@link #release}. */
    public static ShutdownHook register(Server server, Drainable connector) {
        ShutdownHook hook = new ShutdownHook(server, connector);
        LifeCycle.start(hook);
        ShutdownThread.register(hook);
        hook.deregistration = OnceAfterStop.of(server, () -> ShutdownThread.deregister(hook));
        return hook;
    }

    /**
     * Deregisters the hook of a connector that has stopped, or failed to open, while its server goes on: the server may
     * serve for years, with other connectors, and both its listeners and Jetty's thread would keep this one for as long.
     * Does nothing while the server starts or stops, because the hook is there for that.
     */
    public void release() {
        if (server.isStarted()) {
            deregistration.runOnce();
        }
    }

    /** Tells whether the hook is still registered. */
    public boolean isRegistered() {
        return ShutdownThread.isRegistered(this);
    }

    /** Opens the listener, unless the JVM has begun to end: nobody would be there to drain it. */
    public synchronized void open(Opening opening) throws IOException {
        if (tooLate) {
            throw new IOException("the JVM is shutting down; the listener stays closed");
        }
        try {
            opening.open();
        } catch (IOException | RuntimeException x) {
            release();
            throw x;
        }
    }

    /** Called by Jetty's thread, when it has stopped the server if that was started. */
    @Override
    protected void doStop() throws Exception {
        boolean open;
        synchronized (this) {
            // Of any connector: the start must succeed then, with all of them, to answer who waits.
            open = Arrays.stream(server.getConnectors())
                    .anyMatch(one -> one instanceof NetworkConnector network && network.isOpen());
            tooLate = !open && server.isStarting();
        }
        if (open && !isOver(server::isStarting, connector.longestDrain().toMillis())) {
            LOG.warn(
                    "The JVM ends while the server starts; {} connections in the accept queue are lost",
                    connector.acceptQueueLength());
        } else if (server.isStarted() && server.getStopAtShutdown()) {
            server.stop();
        } else if (server.isStarted()) {
            connector.drainServer(); // Perhaps nobody else does anything, or a framework is about to stop the server.
        } else if (!isOver(server::isStopping, connector.longestStop().toMillis())) {
            LOG.warn("The JVM ends while the server stops; what is not answered yet is lost");
        }
    }

    private static boolean isOver(BooleanSupplier phase, long limitMillis) throws InterruptedException {
        long begin = System.nanoTime();
        long limit = TimeUnit.MILLISECONDS.toNanos(limitMillis); // An end would overflow where the limit is "for ever".
        while (phase.getAsBoolean() && System.nanoTime() - begin < limit) {
            TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
        }
        return !phase.getAsBoolean();
    }

    /** Opens a listener. */
    public interface Opening {
        void open() throws IOException;
    }
}
