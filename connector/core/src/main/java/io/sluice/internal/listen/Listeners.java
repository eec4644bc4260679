package io.sluice.internal.listen;

import io.sluice.Adoption;
import io.sluice.DrainStrategy;
import io.sluice.internal.drain.AcceptQueue;
import io.sluice.internal.drain.AcceptQueues;
import io.sluice.internal.drain.Clients;
import io.sluice.internal.drain.Drain;
import io.sluice.internal.handover.Member;
import io.sluice.linux.AdoptedChannels;
import io.sluice.linux.Descriptor;
import io.sluice.linux.DescriptorStore;
import io.sluice.linux.Features;
import io.sluice.linux.KernelListener;
import io.sluice.linux.StandardStreams;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.ServerSocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.IO;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The open listeners of one connector, which are several where each acceptor has its own. */
public final class Listeners implements AcceptQueues {
    private static final Logger LOG = LoggerFactory.getLogger(Listeners.class);
    private static final long DETACH_POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

    private static final Duration CLAIMING = Duration.ofMillis(500);

    private final List<Listener> own;
    private final List<Listener> surplus; // More than acceptors.
    private final DrainStrategy asked;
    private volatile StrategyChoice choice;
    private final ListenerExchange exchange;

    private Listeners(
            List<Listener> own,
            List<Listener> surplus,
            DrainStrategy asked,
            StrategyChoice choice,
            ListenerExchange exchange) {
        this.asked = asked;
        this.own = List.copyOf(own);
        this.surplus = List.copyOf(surplus);
        this.choice = choice;
        this.exchange = exchange;
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
     * Takes the listeners that systemd has stored at the last stop of this service.
     *
     * @param wanted where they must listen
     * @param backlog the length of their accept queues from now on
     * @return their channels; none if there are none, or others, which is then a WARN
     */
    public static List<ServerSocketChannel> stored(InetSocketAddress wanted, int backlog) {
        Optional<DescriptorStore> store = DescriptorStore.ofThisService();
        if (store.isEmpty() || Features.detect().obstacleToNativeAccess().isPresent()) {
            return List.of();
        }
        List<Descriptor> listeners = store.get().take(wanted.getPort());
        List<ServerSocketChannel> channels = adopt(listeners, wanted, backlog);
        if (channels.isEmpty() && !listeners.isEmpty()) {
            LOG.warn(
                    "The {} listeners that systemd has stored are for another address of port {}: another one is opened, and"
                            + " who waits in their queues is lost",
                    listeners.size(),
                    wanted.getPort());
        }
        listeners.forEach(Descriptor::close);
        return told(channels, wanted, "systemd's descriptor store");
    }

    /**
     * Asks the other processes on a port for listeners that they have taken over: whoever starts takes these in the place of
     * new ones, so that they neither become more and more, nor is a process left with the part of two.
     *
     * @param wanted where they must listen
     * @param backlog the length of their accept queues from now on
     * @return their channels; none if nobody has any
     */
    public static List<ServerSocketChannel> claim(InetSocketAddress wanted, int backlog) {
        List<ServerSocketChannel> channels = new ArrayList<>();
        if (wanted.getPort() == 0 || Features.detect().obstacleToNativeAccess().isPresent()) {
            return channels;
        }
        Optional<String> former = Member.claim(
                wanted.getPort(), listeners -> channels.addAll(adopt(listeners, wanted, backlog)), CLAIMING);
        return told(channels, wanted, former.orElse("nobody"));
    }

    private static List<ServerSocketChannel> adopt(List<Descriptor> listeners, InetSocketAddress wanted, int backlog) {
        try {
            return AdoptedChannels.adopt(listeners, wanted, backlog);
        } catch (IOException | RuntimeException x) {
            LOG.warn("Listeners that somebody else had cannot be used", x);
            return List.of();
        }
    }

    private static List<ServerSocketChannel> told(
            List<ServerSocketChannel> channels, InetSocketAddress address, String former) {
        if (!channels.isEmpty()) {
            LOG.info("{} listeners on {} come from {}", channels.size(), address, former);
        }
        return channels;
    }

    /**
     * Takes over bound channels, and opens more on their address. An acceptor accepts from one at least; where there are more
     * channels than acceptors, as other processes may have had them, a selector accepts from the rest.
     *
     * @param bound the channels; they are closed on failure
     * @param connector the connector that they belong to
     * @param ours whether the connector has opened the channel; otherwise others may hold it too
     * @param forEachAcceptor whether each acceptor gets a listener of its own; otherwise the channel stays the only one
     * @param strategy the strategy that was asked for
     * @param handOver takes each accepted connection
     * @param connections the open connections of the connector
     * @param observer is told when something is taken over from other processes
     * @return the listeners
     * @throws IOException if another one cannot be opened
     * @throws IllegalArgumentException if the strategy cannot work here
     */
    public static Listeners open(
            List<ServerSocketChannel> bound,
            ServerConnector connector,
            boolean ours,
            boolean forEachAcceptor,
            DrainStrategy strategy,
            Listener.HandOver handOver,
            OpenConnections connections,
            Consumer<Adoption> observer)
            throws IOException {
        if (StandardStreams.cameWith(bound.get(0))) {
            Features.preload(); // The close needs it, whatever the strategy.
        }
        List<ServerSocketChannel> channels = new ArrayList<>(bound);
        try {
            while (ours && forEachAcceptor && channels.size() < connector.getAcceptors()) {
                channels.add(sibling(bound.get(0), connector));
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
                        connector::isAccepting,
                        new AcceptLimits(connector),
                        connector.getScheduler()));
            }
            int accepted = Math.max(1, Math.min(listeners.size(), connector.getAcceptors()));
            return new Listeners(
                    listeners.subList(0, accepted),
                    listeners.subList(accepted, listeners.size()),
                    strategy,
                    choice,
                    new ListenerExchange(
                            connector,
                            AdoptedChannels.addressOf(channels.get(0)),
                            listeners,
                            choice.group(),
                            handOver,
                            connections,
                            observer));
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
            return sibling.bind(AdoptedChannels.addressOf(channel), connector.getAcceptQueueSize());
        } catch (IOException | RuntimeException x) {
            IO.close(sibling);
            throw x;
        }
    }

    /**
     * Gives those that acceptors accept from.
     *
     * @return one for each acceptor, or one for all of them
     */
    public List<Listener> acceptedFrom() {
        return own;
    }

    /** Has the selector that accepts, if any, look again whether it may. */
    public void acceptingChanged() {
        exchange.all().forEach(Listener::roomChanged);
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
     * Gives the strategy that a drain uses where nobody takes the listeners over.
     *
     * @return never AUTO or HAND_OVER
     */
    public DrainStrategy instead() {
        return choice.instead();
    }

    /**
     * Tells why that strategy.
     *
     * @return a sentence without a full stop
     */
    public String insteadReason() {
        return choice.insteadReason();
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
        for (Listener listener : exchange.all()) {
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
        if (choice.instead() == DrainStrategy.STEER && !choice.group().detachLeftover()) {
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
        return new Drain(this, choice.group(), exchange, clients, Drain.Time.SYSTEM);
    }

    @Override
    public int count() {
        return exchange.all().size();
    }

    @Override
    public List<AcceptQueue> take() {
        return List.copyOf(exchange.end());
    }

    /**
     * Gives the name of the process that keeps copies of the listeners.
     *
     * @return empty where none does
     */
    public String keeper() {
        return exchange.keeper();
    }

    /**
     * Counts the processes of whose listeners copies are kept here.
     *
     * @return 0 where that is not the strategy
     */
    public int wards() {
        return exchange.wards();
    }

    /**
     * Counts the listeners that were taken over from other processes since the start.
     *
     * @return those that are still accepted from
     */
    public int adopted() {
        return exchange.adopted();
    }

    /**
     * Begins to take listeners of other processes that stop, where that is the strategy. Where they cannot be answered, as
     * in a service that may not open Unix sockets, the strategy is the other one from now on.
     *
     * @throws IllegalArgumentException if hand-over was asked for by name
     */
    public void join() {
        surplus.forEach(exchange::acceptBySelector);
        if (strategy() == DrainStrategy.HAND_OVER) {
            try {
                exchange.join();
            } catch (IOException x) {
                LOG.debug("No other process can be answered", x);
                String why = "no other process can find this one: " + x.getMessage();
                if (asked == DrainStrategy.HAND_OVER) {
                    throw StrategyChoice.impossible(asked, why, "auto, steer, gate, two-pass");
                }
                choice = choice.withoutHandOver(why);
            }
        }
    }
}
