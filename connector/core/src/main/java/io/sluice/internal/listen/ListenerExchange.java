package io.sluice.internal.listen;

import io.sluice.Adoption;
import io.sluice.internal.drain.OtherCode;
import io.sluice.internal.drain.Peers;
import io.sluice.internal.drain.Successor;
import io.sluice.internal.handover.ConnectionSender;
import io.sluice.internal.handover.Keeper;
import io.sluice.internal.handover.Member;
import io.sluice.linux.AdoptedChannels;
import io.sluice.linux.Descriptor;
import io.sluice.linux.DescriptorStore;
import io.sluice.linux.ReusePortGroup;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.eclipse.jetty.io.ManagedSelector;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.IO;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The listeners of one connector that other processes get, and those that it has got from them, which a selector accepts
 * from. They change until a drain begins.
 */
final class ListenerExchange implements Peers, Member.Holder {
    private static final Logger LOG = LoggerFactory.getLogger(ListenerExchange.class);
    private static final Duration ASKING = Duration.ofMillis(1000);
    private static final Member.Outcome NOBODY = new Member.Outcome(Optional.empty(), false);

    private final ServerConnector connector;
    private final InetSocketAddress address;
    private final int port;
    private final List<Listener> own;
    private final ReusePortGroup group;
    private final Listener.HandOver handOver;
    private final OpenConnections connections;
    private final Consumer<Adoption> observer;

    // Guarded by this.
    private final List<Listener> adopted = new ArrayList<>();
    private Member member; // Null before it joins.
    private Keeper keeper; // Likewise.
    private boolean ended;

    /**
     * Creates the exchange of a connector.
     *
     * @param address of its listeners
     */
    ListenerExchange(
            ServerConnector connector,
            InetSocketAddress address,
            List<Listener> own,
            ReusePortGroup group,
            Listener.HandOver handOver,
            OpenConnections connections,
            Consumer<Adoption> observer) {
        this.connections = connections;
        this.observer = observer;
        this.connector = connector;
        this.address = address;
        this.port = address.getPort();
        this.own = List.copyOf(own);
        this.group = group;
        this.handOver = handOver;
    }

    /** Gives all listeners, those of others included. */
    synchronized List<Listener> all() {
        List<Listener> all = new ArrayList<>(own);
        all.addAll(adopted);
        return all;
    }

    /** Begins to answer other processes. */
    synchronized void join() throws IOException {
        if (member == null && !ended) {
            member = Member.join(port, this);
            keeper = new Keeper(port, member.name(), this::given);
        }
    }

    private synchronized Keeper currentKeeper() {
        return keeper;
    }

    private synchronized String name() {
        return member == null ? "" : member.name();
    }

    /** In a thread of its own, because the keeper may be slow. */
    private void tellKeeper() {
        Keeper current = currentKeeper();
        if (current != null) {
            OtherCode.start("sluice-keeper-update", current::update);
        }
    }

    private void change(List<Listener> more, List<Listener> fewer) {
        adopted.addAll(more);
        adopted.removeAll(fewer);
        if (keeper != null) {
            keeper.listenersChanged(); // While nobody can see the listeners without knowing that.
        }
    }

    /** Gives the name of the process that keeps our listeners; empty where none does. */
    synchronized String keeper() {
        return keeper == null ? "" : keeper.name();
    }

    /** Counts the processes whose listeners we keep. */
    synchronized int wards() {
        return member == null ? 0 : member.wards();
    }

    /** Counts the listeners that were taken over. */
    synchronized int adopted() {
        return adopted.size();
    }

    /**
     * Gives all listeners, for the drain: from here on there are no others, nor connections of others. What another process
     * has told us to serve is drained here.
     */
    List<Listener> end() {
        Member last = leave();
        if (last != null) {
            last.awaitReceivers();
        }
        return all();
    }

    private synchronized Member leave() {
        ended = true;
        if (member != null) {
            member.close();
        }
        return member;
    }

    @Override
    public Outcome handOver() {
        Keeper current = currentKeeper();
        String self = name();
        List<Listener> offered = all();
        int queued = queued(offered);
        Member.Outcome kept = current == null ? NOBODY : current.handOver();
        Member.Outcome last = kept.taker().isPresent() ? kept : Member.handOver(port, self, this::given, ASKING);
        boolean sent = kept.sent() || last.sent();
        return new Outcome(
                last.taker()
                        .or(() -> sent ? Optional.empty() : store())
                        .map(taker -> new Taker(taker.name(), taker.pid(), offered.size(), queued)),
                sent);
    }

    /**
     * The youngest member is asked first: in a rolling restart it has no connections yet, and stops last. Whoever has the
     * listeners may be the next to stop, and have connections enough.
     */
    @Override
    public Successor successor(Taker taker) {
        if (!Member.isName(taker.name()) || connections.speak().isEmpty()) {
            return Successor.NONE;
        }
        List<String> members = Stream.concat(Member.youngest(port, name()).stream(), Stream.of(taker.name()))
                .distinct()
                .toList();
        return new ConnectionSender(members, spoken());
    }

    /** On another address of the port there may be another application. */
    private String spoken() {
        return connections.speak() + " on " + address.getHostString();
    }

    @Override
    public Optional<Member.Adopter> adopter(String speaks, long pid) {
        if (hasEnded() || connections.speak().isEmpty() || !speaks.equals(spoken())) {
            return Optional.empty();
        }
        AcceptLimits limits = new AcceptLimits(connector);
        try {
            return Optional.of(new IncomingConnections(
                    pid,
                    port,
                    connections,
                    more -> !hasEnded() && connector.isAccepting() && limits.hasRoomFor(more),
                    observer));
        } catch (IOException x) {
            LOG.debug("Open connections cannot be taken over here", x);
            return Optional.empty();
        }
    }

    private synchronized boolean hasEnded() {
        return ended;
    }

    /**
     * Where nobody else serves the port, clients wait in the queue for the next start of this service. Not while the JVM
     * goes on: it might listen on the port again, beside what is stored, from which nobody accepts. And not of a connector
     * that has never started, as that of the warm-up is: nobody would take it out again.
     */
    private Optional<Member.Taker> store() {
        return DescriptorStore.ofThisService()
                .filter(store -> !connector.isStopped() && isJvmEnding() && store.put(port, given()))
                .map(store -> new Member.Taker("systemd's descriptor store", 0));
    }

    private static boolean isJvmEnding() {
        try {
            Runtime.getRuntime().removeShutdownHook(new Thread());
            return false;
        } catch (IllegalStateException x) {
            return true;
        }
    }

    private static int queued(List<Listener> listeners) {
        return listeners.stream()
                .mapToInt(listener -> Math.max(0, listener.kernel().queueLength()))
                .sum();
    }

    /** Gives all listeners, for another process. */
    private List<Descriptor> given() {
        List<Listener> all = all();
        all.forEach(listener -> listener.kernel().given());
        return descriptors(all);
    }

    private static List<Descriptor> descriptors(List<Listener> listeners) {
        return listeners.stream()
                .flatMap(listener -> listener.kernel().descriptor().stream())
                .toList();
    }

    @Override
    public Optional<Member.Kept> keep(List<Descriptor> received) {
        if (received.isEmpty() || !received.stream().allMatch(group::isLikeOurs)) {
            return Optional.empty();
        }
        List<Listener> made = new ArrayList<>();
        try {
            for (Descriptor each : received) {
                made.add(listener(each));
            }
            return Optional.of(new KeptListeners(made));
        } catch (IOException | RuntimeException x) {
            LOG.warn("Listeners of another process cannot be taken over", x);
            made.forEach(Listener::close);
            return Optional.empty();
        }
    }

    @Override
    public boolean take(List<Descriptor> received, long pid) {
        Optional<Member.Kept> kept = keep(received);
        boolean taken = kept.isPresent() && kept.get().take(pid);
        kept.ifPresent(Member.Kept::close);
        return taken;
    }

    private synchronized boolean acceptFrom(List<Listener> others) {
        if (ended) {
            return false;
        }
        others.forEach(listener -> group.adopt(listener.kernel(), connector.getAcceptQueueSize()));
        change(others, List.of());
        others.forEach(this::acceptBySelector);
        return true;
    }

    /** Has one of Jetty's selectors accept, because each acceptor has a listener already. */
    void acceptBySelector(Listener listener) {
        List<ManagedSelector> selectors =
                List.copyOf(connector.getSelectorManager().getBeans(ManagedSelector.class));
        listener.acceptOn(selectors.get(Math.floorMod(listener.hashCode(), selectors.size())));
    }

    private Listener listener(Descriptor received) throws IOException {
        ServerSocketChannel channel = AdoptedChannels.adopt(received);
        try {
            return new Listener(
                    channel,
                    group.listenerOf(channel),
                    0,
                    handOver,
                    connector::isAccepting,
                    new AcceptLimits(connector),
                    connector.getScheduler());
        } catch (IOException | RuntimeException x) {
            IO.close(channel);
            throw x;
        }
    }

    @Override
    public void somebodyNew() {
        Keeper current = currentKeeper();
        if (current != null) {
            current.somebodyNew();
        }
    }

    @Override
    public synchronized List<Descriptor> spare() {
        return ended ? List.of() : descriptors(adopted);
    }

    @Override
    public void release(List<Descriptor> spare) {
        close(spare);
        tellKeeper();
    }

    private synchronized void close(List<Descriptor> spare) {
        List<Listener> released = adopted.stream()
                .filter(listener ->
                        listener.kernel().descriptor().filter(spare::contains).isPresent())
                .toList();
        if (!ended) { // Otherwise the drain has them.
            released.forEach(Listener::stopAcceptors);
            released.forEach(Listener::close);
            change(List.of(), released);
        }
    }

    /** What nobody here accepts from yet. */
    private final class KeptListeners implements Member.Kept {
        private final List<Listener> listeners;
        private boolean taken; // Used in one thread.

        private KeptListeners(List<Listener> listeners) {
            this.listeners = listeners;
        }

        /** Refuses while we do not accept ourselves: somebody else may, and who stops drains otherwise. */
        @Override
        public boolean take(long pid) {
            return connector.isAccepting() && adopt(pid, false);
        }

        @Override
        public void inherit(long pid) {
            int queued = queued(listeners);
            if (!adopt(pid, true)) {
                LOG.warn("Process {} has ended without a word; {} connections that wait are lost", pid, queued);
            }
        }

        private boolean adopt(long pid, boolean crashed) {
            Adoption adoption = Adoption.ofListeners(pid, listeners.size(), queued(listeners), crashed);
            taken = acceptFrom(listeners);
            if (taken) {
                tellKeeper();
                // The process that stops waits for us.
                OtherCode.start("sluice-adopted", () -> observer.accept(adoption));
            }
            return taken;
        }

        @Override
        public void close() {
            if (!taken) {
                listeners.forEach(Listener::close);
            }
        }
    }
}
