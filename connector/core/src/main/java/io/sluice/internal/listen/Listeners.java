package io.sluice.internal.listen;

import io.sluice.DrainStrategy;
import io.sluice.internal.drain.Clients;
import io.sluice.internal.drain.Drain;
import io.sluice.linux.Features;
import io.sluice.linux.KernelListener;
import io.sluice.linux.StandardStreams;
import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.channels.ServerSocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.eclipse.jetty.io.ManagedSelector;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.IO;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The open listeners of one connector, which are several where each acceptor has its own. */
public final class Listeners {
    private static final Logger LOG = LoggerFactory.getLogger(Listeners.class);
    private static final long DETACH_POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

    private final List<Listener> listeners;
    private final StrategyChoice choice;

    private Listeners(List<Listener> listeners, StrategyChoice choice) {
        this.listeners = listeners;
        this.choice = choice;
    }

    /**
     * Loads the native code that a strategy may need: not in the middle of a shutdown, nor while clients wait already.
     *
     * @param strategy the strategy that was asked for
     */
    public static void preload(DrainStrategy strategy) {
        if (strategy != DrainStrategy.TWO_PASS) {
            Features.preload();
        }
    }

    /**
     * Takes over a bound channel, and opens more on its address.
     *
     * @param channel the channel; it is closed on failure
     * @param connector the connector that they belong to
     * @param ours whether the connector has opened the channel; otherwise others may hold it too
     * @param forEachAcceptor whether each acceptor gets a listener of its own; otherwise the channel stays the only one
     * @param strategy the strategy that was asked for
     * @param handOver takes each accepted connection
     * @return the listeners
     * @throws IOException if another one cannot be opened
     * @throws IllegalArgumentException if the strategy cannot work here
     */
    public static Listeners open(
            ServerSocketChannel channel,
            ServerConnector connector,
            boolean ours,
            boolean forEachAcceptor,
            DrainStrategy strategy,
            Listener.HandOver handOver)
            throws IOException {
        if (StandardStreams.cameWith(channel)) {
            Features.preload(); // The close needs it, whatever the strategy.
        }
        List<ServerSocketChannel> channels = new ArrayList<>(List.of(channel));
        try {
            while (ours && forEachAcceptor && channels.size() < connector.getAcceptors()) {
                channels.add(sibling(channel, connector));
            }
            StrategyChoice choice = ours
                    ? StrategyChoice.of(strategy, connector.isReusePort(), channels)
                    : StrategyChoice.ofShared(strategy);
            List<Listener> listeners = new ArrayList<>();
            for (ServerSocketChannel each : channels) {
                listeners.add(new Listener(
                        each,
                        choice.group().listener(listeners.size()),
                        !ours,
                        connector.getAcceptors(),
                        handOver,
                        new AcceptLimits(connector),
                        connector.getScheduler()));
            }
            return new Listeners(List.copyOf(listeners), choice);
        } catch (IOException | RuntimeException x) {
            channels.forEach(StandardStreams::keepWhileClosing);
            throw x;
        }
    }

    private static ServerSocketChannel sibling(ServerSocketChannel channel, ServerConnector connector)
            throws IOException {
        ServerSocketChannel sibling = ServerSocketChannel.open();
        try {
            sibling.setOption(StandardSocketOptions.SO_REUSEADDR, connector.getReuseAddress());
            sibling.setOption(StandardSocketOptions.SO_REUSEPORT, true);
            return sibling.bind(channel.getLocalAddress(), connector.getAcceptQueueSize());
        } catch (IOException | RuntimeException x) {
            IO.close(sibling);
            throw x;
        }
    }

    /**
     * Accepts for one acceptor thread, see {@link Listener#awaitAndAccept}.
     *
     * @param acceptor the index of the thread
     * @throws IOException if the accept failed, or the listener is closed
     * @throws InterruptedException if the thread is interrupted while it waits for the close
     */
    public void awaitAndAccept(int acceptor) throws IOException, InterruptedException {
        listeners.get(acceptor % listeners.size()).awaitAndAccept(acceptor);
    }

    /**
     * Has a selector accept, for a connector without acceptor threads, which has one listener.
     *
     * @param selector the selector; the first that is given here stays the one that accepts
     */
    public void acceptOn(ManagedSelector selector) {
        listeners.get(0).acceptOn(selector);
    }

    /** Has the selector that accepts, if any, look again whether it may. */
    public void acceptingChanged() {
        listeners.forEach(Listener::roomChanged);
    }

    /**
     * Gives the strategy that a drain will use.
     *
     * @return never AUTO
     */
    public DrainStrategy strategy() {
        return choice.strategy();
    }

    /**
     * Tells why that strategy.
     *
     * @return a sentence without a full stop
     */
    public String strategyReason() {
        return choice.reason();
    }

    /**
     * Counts the listeners that share the port, of whichever process.
     *
     * @return at least 1, or {@link KernelListener#UNKNOWN}
     */
    public int members() {
        return choice.group().members();
    }

    /**
     * Counts the connections in the accept queues of all listeners.
     *
     * @return connections, or {@link KernelListener#UNKNOWN}
     */
    public int queueLength() {
        int sum = 0;
        for (Listener listener : listeners) {
            int length = listener.kernel().queueLength();
            if (length == KernelListener.UNKNOWN) {
                return KernelListener.UNKNOWN;
            }
            sum += length;
        }
        return sum;
    }

    /**
     * Ends the steering that other processes have left behind, where these listeners would be steered to. What a drain under
     * way leaves is ended when that is over, in a thread of its own: nobody has to wait for it, least of all for somebody
     * who only pretends to drain. (Any user of the machine can take the turn, see DrainLock.)
     *
     * @param bound how long to wait for a drain that is under way
     */
    public void detachLeftover(Duration bound) {
        if (strategy() == DrainStrategy.STEER && !choice.group().detachLeftover()) {
            Thread thread = new Thread(() -> detachLater(bound), "sluice-detach");
            thread.setDaemon(true);
            thread.start();
        }
    }

    /** Ends with the listeners too: the group has nothing to detach then. */
    private void detachLater(Duration bound) {
        long end = System.nanoTime() + bound.toNanos();
        boolean done = false;
        while (!done && System.nanoTime() < end) {
            LockSupport.parkNanos(DETACH_POLL_NANOS);
            done = choice.group().detachLeftover();
        }
        if (!done) {
            LOG.debug("The turn to drain is still taken after {}; nothing was detached", bound);
        }
    }

    /**
     * Prepares the drain that will end these listeners.
     *
     * @param clients the connections that were accepted
     * @return a drain that has not begun
     */
    public Drain drain(Clients clients) {
        return new Drain(listeners, choice.group(), clients, Drain.Time.SYSTEM);
    }
}
