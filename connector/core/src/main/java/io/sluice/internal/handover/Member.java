package io.sluice.internal.handover;

import io.sluice.linux.Descriptor;
import io.sluice.linux.PeerSocket;
import java.io.IOException;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connector among those that share a port and exchange listeners. Each answers under a name of its own, which tells the
 * port and when it was made: in a rolling restart the old ones go next, so the youngest is asked first.
 *
 * <p>What others answer or ask is not trusted: a "no", an answer that makes no sense and none at all leave everything as it
 * was.
 */
public final class Member implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Member.class);
    private static final String PREFIX = "@sluice-member-";
    /**
     * How long one that would take listeners may take for it. It has more to do than to answer, and until then whoever offers
     * them goes on accepting, so that nobody but the stop waits.
     */
    static final Duration TAKING = Duration.ofSeconds(1);

    private static final int MOST_PEERS = 64;
    private static final int MOST_SESSIONS = 64;
    private static final int AGE_DIGITS = 12;
    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

    private final String name;
    private final Holder holder;
    private final PeerSocket socket;
    private final Thread thread;
    private final Set<Session> sessions = new HashSet<>(); // Guarded by itself.
    private volatile boolean closed;

    private Member(String name, Holder holder, PeerSocket socket) {
        this.name = name;
        this.holder = holder;
        this.socket = socket;
        this.thread = new Thread(this::run, "sluice-member");
        thread.setDaemon(true);
    }

    /**
     * Begins to answer others, in a thread of its own.
     *
     * @param port the port that is shared
     * @param holder has listeners, and takes others
     * @return the member
     * @throws IOException if there can be none
     */
    public static Member join(int port, Holder holder) throws IOException {
        String name = prefix(port)
                + ("%0" + AGE_DIGITS + "x-%08x")
                        .formatted(
                                System.currentTimeMillis(),
                                ThreadLocalRandom.current().nextInt());
        Member member = new Member(name, holder, PeerSocket.listen(name));
        member.thread.start();
        return member;
    }

    /** Gives the one that has started last; empty if there is no other. */
    public static Optional<String> youngest(int port, String self) {
        return peers(port, self).stream().findFirst();
    }

    /** Tells whether this is how a member is found. */
    public static boolean isName(String name) {
        return name.startsWith(PREFIX);
    }

    private static String prefix(int port) {
        return PREFIX + port + "-";
    }

    /** Counts the processes whose listeners it keeps. */
    public int wards() {
        synchronized (sessions) {
            return (int) sessions.stream().filter(Ward.class::isInstance).count();
        }
    }

    /** Gives the name that others know it by. */
    public String name() {
        return name;
    }

    /**
     * Offers listeners to the others, one after the other, until one takes them. Descriptors are sent to those only that
     * have just said that they would take some: one that is stopped with a SIGSTOP keeps what it has been sent.
     *
     * @param port the port that is shared
     * @param self the name not to ask
     * @param listeners gives all of a connector's, when somebody would take them
     * @param bound how long to ask
     * @return who accepts from them now
     */
    public static Outcome handOver(int port, String self, Supplier<List<Descriptor>> listeners, Duration bound) {
        AtomicBoolean sent = new AtomicBoolean();
        AtomicLong pid = new AtomicLong();
        Optional<String> taker = ask(port, self, bound, peer -> {
            try (PeerSocket connection = PeerSocket.connect(peer)) {
                if (!isYes(connection, Message.OFFER)) {
                    return false;
                }
                pid.set(connection.peerPid());
                connection.waitFor(TAKING);
                boolean sentBefore = sent.getAndSet(true);
                Message answer = answer(connection, Message.TAKE, listeners.get());
                sent.set(sentBefore || answer != Message.NO);
                return answer == Message.TAKEN;
            }
        });
        return new Outcome(taker.map(name -> new Taker(name, pid.get())), sent.get());
    }

    /**
     * Asks the others for listeners that they have taken over from somebody.
     *
     * @param port the port that is shared
     * @param claimant takes them
     * @param bound how long to ask
     * @return the name of the one that had them; empty if nobody has any
     */
    public static Optional<String> claim(int port, Claimant claimant, Duration bound) {
        return ask(port, "", bound, peer -> {
            try (PeerSocket connection = PeerSocket.connect(peer)) {
                connection.send(Message.CLAIM.text(), List.of());
                Optional<PeerSocket.Packet> answer = connection.receive();
                if (answer.isEmpty()) {
                    return false;
                }
                try (PeerSocket.Packet packet = answer.get()) {
                    boolean taken = Message.of(packet.text()) == Message.SPARE && claimant.take(packet.descriptors());
                    if (taken) {
                        connection.send(Message.TAKEN.text(), List.of());
                    }
                    return taken;
                }
            }
        });
    }

    static boolean isYes(PeerSocket connection, Message question) throws IOException {
        return answer(connection, question, List.of()) == Message.YES;
    }

    /** Says something and waits for the answer. */
    static Message answer(PeerSocket connection, Message question, List<Descriptor> descriptors) throws IOException {
        connection.send(question.text(), descriptors);
        return answer(connection);
    }

    /** Asks one after the other, until one gives what is wanted or the time is over. */
    static Optional<String> ask(int port, String self, Duration bound, Question question) {
        long begin = System.nanoTime();
        for (String peer : peers(port, self)) {
            if (System.nanoTime() - begin >= bound.toNanos()) {
                return Optional.empty();
            }
            try {
                if (question.isAnsweredBy(peer)) {
                    return Optional.of(peer);
                }
            } catch (IOException x) {
                LOG.debug("{} does not answer", peer, x);
            }
        }
        return Optional.empty();
    }

    /** Gives the others, the youngest first. */
    private static List<String> peers(int port, String self) {
        try {
            return PeerSocket.names(prefix(port)).stream()
                    .filter(peer -> !peer.equals(self))
                    .sorted(Comparator.reverseOrder())
                    .limit(MOST_PEERS)
                    .toList();
        } catch (IOException x) {
            LOG.debug("The other members cannot be listed", x);
            return List.of();
        }
    }

    /** Waits for an answer. */
    static Message answer(PeerSocket connection) throws IOException {
        Optional<PeerSocket.Packet> answer = connection.receive();
        answer.ifPresent(PeerSocket.Packet::close);
        return answer.map(packet -> Message.of(packet.text())).orElse(Message.NO);
    }

    private void run() {
        while (!closed) {
            try {
                Optional<PeerSocket> connection = socket.accept();
                if (connection.isPresent()) {
                    serve(connection.get());
                }
            } catch (IOException | RuntimeException x) {
                LOG.debug("A question of another member failed", x);
                LockSupport.parkNanos(PAUSE_NANOS); // Without descriptors each accept fails, and at once.
            }
        }
        socket.close();
    }

    private void serve(PeerSocket connection) throws IOException {
        boolean kept = false;
        try {
            Optional<PeerSocket.Packet> question = connection.receive();
            question.ifPresent(PeerSocket.Packet::close);
            String text = question.map(PeerSocket.Packet::text).orElse("");
            switch (Message.of(text)) {
                case OFFER -> kept = !closed && take(connection);
                case CLAIM -> give(connection);
                case CONNECTIONS -> kept = isAdopter(connection, Message.CONNECTIONS.argumentOf(text));
                default -> connection.send(Message.NO.text(), List.of());
            }
        } finally {
            if (!kept) {
                connection.close();
            }
        }
    }

    /** Takes listeners, or keeps them, which is true then. */
    private boolean take(PeerSocket connection) throws IOException {
        connection.send(Message.YES.text(), List.of());
        Optional<PeerSocket.Packet> offered = connection.receive();
        if (offered.isEmpty()) {
            return false;
        }
        PeerSocket.Packet packet = offered.get();
        Message message = Message.of(packet.text());
        if (message == Message.KEEP && begin(new Ward(connection, holder, packet))) {
            holder.somebodyNew();
            return true;
        }
        try (packet) {
            boolean taken =
                    !closed && message == Message.TAKE && holder.take(packet.descriptors(), connection.peerPid());
            connection.send((taken ? Message.TAKEN : Message.NO).text(), List.of());
            return false;
        }
    }

    /** Takes open connections, which is true then. */
    private boolean isAdopter(PeerSocket connection, String speaks) throws IOException {
        Optional<Adopter> adopter = closed ? Optional.empty() : holder.adopter(speaks, connection.peerPid());
        if (adopter.isPresent() && begin(new ConnectionReceiver(connection, adopter.get()))) {
            return true;
        }
        adopter.ifPresent(Adopter::close);
        connection.send(Message.NO.text(), List.of());
        return false;
    }

    private boolean begin(Session session) {
        synchronized (sessions) {
            if (closed || sessions.size() >= MOST_SESSIONS) {
                return false;
            }
            sessions.add(session);
        }
        Thread serving = new Thread(
                () -> {
                    try {
                        session.serve();
                    } finally {
                        end(session);
                    }
                },
                session instanceof Ward ? "sluice-ward" : "sluice-adopter");
        serving.setDaemon(true);
        try {
            serving.start();
        } catch (OutOfMemoryError x) { // "unable to create native thread": RLIMIT_NPROC, a cgroup's pids.max, memory.
            LOG.debug("No thread for {}", session, x);
            end(session);
            return false;
        }
        return true;
    }

    private void end(Session session) {
        synchronized (sessions) {
            sessions.remove(session);
            sessions.notifyAll();
        }
    }

    /**
     * Waits, once it is closed, until no more connections of others come. One that has been said to be ready is served, if
     * its process has taken that for an answer: it may have closed it by then.
     */
    public void awaitReceivers() {
        long end = System.nanoTime() + TAKING.toNanos();
        boolean interrupted = false;
        synchronized (sessions) {
            for (long left; hasReceivers() && (left = end - System.nanoTime()) > 0; ) {
                try {
                    TimeUnit.NANOSECONDS.timedWait(sessions, left);
                } catch (InterruptedException x) {
                    interrupted = true;
                }
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private boolean hasReceivers() {
        return sessions.stream().anyMatch(ConnectionReceiver.class::isInstance);
    }

    /** Goes on accepting until the claimant does. */
    private void give(PeerSocket connection) throws IOException {
        List<Descriptor> spare = closed ? List.of() : holder.spare();
        if (spare.isEmpty()) {
            connection.send(Message.NO.text(), List.of());
            return;
        }
        if (answer(connection, Message.SPARE, spare) == Message.TAKEN) {
            holder.release(spare);
        }
    }

    /**
     * Answers nobody any more, but for a question that is being answered, and keeps nothing: whose listeners were kept looks
     * for somebody else.
     */
    @Override
    public void close() {
        synchronized (sessions) {
            closed = true;
            sessions.forEach(Session::leave);
            socket.shutDown(); // The end of the JVM waits for a thread in native code (VM_Exit), up to 300 ms.
        }
    }

    /**
     * What became of listeners that were offered.
     *
     * @param taker who accepts from them; empty if nobody has said so
     * @param sent whether somebody has descriptors of them without having refused them
     */
    public record Outcome(Optional<Taker> taker, boolean sent) {}

    /**
     * Who has taken listeners over.
     *
     * @param name how others find it
     * @param pid its process, 0 if that is not known here
     */
    public record Taker(String name, long pid) {}

    /** Asks one peer. */
    interface Question {
        boolean isAnsweredBy(String peer) throws IOException;
    }

    /** Takes listeners that it has asked for. */
    public interface Claimant {
        /**
         * Takes listeners, all or none.
         *
         * @param listeners copies, which are closed afterwards
         * @return false if they are not what is wanted here
         */
        boolean take(List<Descriptor> listeners);
    }

    /** Serves open connections of another process, one batch after the other. Its methods are called in one thread. */
    public interface Adopter extends AutoCloseable {
        /**
         * Gets ready to serve connections, and does not read from them yet.
         *
         * @param connections copies, which are closed afterwards
         * @return how many it can serve, from the first on
         */
        int prepare(List<Descriptor> connections);

        /** Serves those that it is ready for. */
        void serve();

        /** There are no more; those that it was not told to serve are closed. */
        @Override
        void close();
    }

    /** Listeners of another process that lives, and accepts from them itself. */
    public interface Kept extends AutoCloseable {
        /**
         * Takes them, because that process stops.
         *
         * @param pid the process, 0 if it is not known here
         * @return false if they are not taken
         */
        boolean take(long pid);

        /**
         * Takes them, because that process has ended without a word.
         *
         * @param pid the process, 0 if it is not known here
         */
        void inherit(long pid);

        /** Closes them, unless they were taken. */
        @Override
        void close();
    }

    /** Takes listeners that it is offered, and may have some that others ask for. Its methods are called in the member's thread. */
    public interface Holder {
        /**
         * Takes listeners of a process that stops, all or none.
         *
         * @param listeners copies, which are closed afterwards
         * @param pid the process, 0 if it is not known here
         * @return false if they are not what is wanted here
         */
        boolean take(List<Descriptor> listeners, long pid);

        /**
         * Prepares to take listeners later, when there may be no descriptor left.
         *
         * @param listeners copies, which are closed afterwards
         * @return empty if they are not what is wanted here
         */
        default Optional<Kept> keep(List<Descriptor> listeners) {
            return Optional.empty();
        }

        /**
         * Prepares to serve open connections of a process that stops.
         *
         * @param speaks what is spoken over them
         * @param pid the process, 0 if it is not known here
         * @return empty if such connections are not wanted here
         */
        default Optional<Adopter> adopter(String speaks, long pid) {
            return Optional.empty();
        }

        /** Hears that another process has come to know this one, as each does when it starts. */
        default void somebodyNew() {}

        /**
         * Gives those that it has taken.
         *
         * @return none if it stops
         */
        default List<Descriptor> spare() {
            return List.of();
        }

        /**
         * Stops accepting from listeners, and closes them: another process accepts from them.
         *
         * @param spare what {@link #spare} gave
         */
        default void release(List<Descriptor> spare) {}
    }
}
