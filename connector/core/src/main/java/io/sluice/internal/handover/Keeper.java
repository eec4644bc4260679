package io.sluice.internal.handover;

import io.sluice.linux.Descriptor;
import io.sluice.linux.PeerSocket;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Another process that has copies of our listeners. While we live it does nothing with them; when our connection to it ends
 * without a word, as it does when we are killed, it accepts from them. So what the kernel has queued for us outlives us.
 *
 * <p>A thread of our own looks for a keeper, and for another one when that has gone: less and less often as long as there is
 * nobody, and at once when somebody new is there.
 */
public final class Keeper implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Keeper.class);
    private static final long SHORTEST_PAUSE_MILLIS = 500;
    private static final long LONGEST_PAUSE_MILLIS = 30_000; // Who starts is told of by itself.

    private final int port;
    private final String self;
    private final Supplier<List<Descriptor>> listeners;
    private final BlockingQueue<Message> answers = new ArrayBlockingQueue<>(16);
    private volatile PeerSocket connection; // Null while there is no keeper.
    private volatile String name = "";
    private volatile boolean changed; // What our listeners are, since the keeper was last told of them.
    private volatile boolean closed;
    private boolean somebodyNew; // Guarded by this.

    /**
     * Begins to look for a keeper.
     *
     * @param port the port that is shared
     * @param self our own name
     * @param listeners gives what is to be kept
     */
    public Keeper(int port, String self, Supplier<List<Descriptor>> listeners) {
        this.port = port;
        this.self = self;
        this.listeners = listeners;
        Thread thread = new Thread(this::run, "sluice-keeper");
        thread.setDaemon(true);
        thread.start();
    }

    /** Gives the name of the process that keeps our listeners; empty while none does, or not all of them. */
    public String name() {
        return changed ? "" : name;
    }

    private void run() {
        long pause = SHORTEST_PAUSE_MILLIS;
        while (!closed) {
            Optional<String> found = Member.ask(port, self, Duration.ofSeconds(1), this::isKeptBy);
            if (found.isPresent()) {
                LOG.debug("{} keeps our listeners", name);
                watch();
                name = "";
                pause = SHORTEST_PAUSE_MILLIS;
            } else {
                pause(pause);
                pause = Math.min(2 * pause, LONGEST_PAUSE_MILLIS);
            }
        }
    }

    /** Is told that there is somebody who was not there before, perhaps. */
    public synchronized void somebodyNew() {
        somebodyNew = true;
        notifyAll();
    }

    private synchronized void pause(long millis) {
        try {
            if (!closed && !somebodyNew) {
                wait(millis);
            }
            somebodyNew = false;
        } catch (InterruptedException x) {
            Thread.currentThread().interrupt();
            closed = true;
        }
    }

    private boolean isKeptBy(String peer) throws IOException {
        PeerSocket candidate = PeerSocket.connect(peer);
        boolean keeps = false;
        try {
            keeps = Member.isYes(candidate, Message.OFFER) && keepsAll(candidate) && isWanted(peer, candidate);
        } finally {
            if (!keeps) {
                leave(candidate);
            }
        }
        return keeps;
    }

    /** With a word, because it may keep something yet. */
    private static void leave(PeerSocket candidate) {
        try (candidate) {
            candidate.send(Message.BYE.text(), List.of());
        } catch (IOException x) {
            LOG.debug("One that should keep our listeners has gone", x);
        }
    }

    private boolean keepsAll(PeerSocket candidate) throws IOException {
        changed = false;
        candidate.waitFor(Member.TAKING);
        return Member.answer(candidate, Message.KEEP, listeners.get()) == Message.KEPT;
    }

    /** Our connector may have stopped meanwhile, which must not look like a crash; or have taken over more. */
    private synchronized boolean isWanted(String peer, PeerSocket candidate) throws IOException {
        while (!closed && changed) {
            if (!keepsAll(candidate)) {
                return false;
            }
        }
        if (closed) {
            return false;
        }
        candidate.waitFor(Duration.ZERO);
        name = peer;
        connection = candidate;
        return true;
    }

    /** Reads the keeper's answers until it has gone. */
    private void watch() {
        try {
            for (Optional<PeerSocket.Packet> packet; (packet = connection.receive()).isPresent(); ) {
                packet.get().close();
                heard(Message.of(packet.get().text()));
            }
            LOG.debug("{} keeps our listeners no more", name);
        } catch (IOException x) {
            LOG.debug("{} keeps our listeners no more", name, x);
        }
        PeerSocket gone;
        synchronized (this) {
            gone = connection;
            connection = null;
        }
        gone.close();
        heard(Message.NO);
    }

    private void heard(Message answer) {
        if (!answers.offer(answer)) {
            LOG.debug("{} says more than it is asked: {}", name, answer);
        }
    }

    /** Is told of each change of our listeners; does not wait. */
    public void listenersChanged() {
        changed = true;
    }

    /** Has the keeper keep what are our listeners now. */
    public void update() {
        Message answer = keepAll();
        LOG.debug("{} has been told of other listeners: {}", name, answer);
    }

    private synchronized Message keepAll() {
        if (!changed) {
            return Message.KEPT;
        }
        changed = false;
        Message answer = say(Message.KEEP, listeners.get(), Message.KEPT, PeerSocket.LIMIT);
        if (answer != Message.KEPT) {
            changed = true;
        }
        return answer;
    }

    /**
     * Has the keeper accept from what it keeps, once that is all that we have; this ends the connection to it.
     *
     * @return who accepts from them now
     */
    public Member.Outcome handOver() {
        String keeper = name;
        PeerSocket current = connection;
        long pid = current == null ? 0 : current.peerPid();
        Message answer = keepAll();
        if (answer == Message.KEPT) {
            answer = say(Message.TAKE, List.of(), Message.TAKEN, Member.TAKING);
        }
        close();
        return answer == Message.TAKEN
                ? new Member.Outcome(Optional.of(new Member.Taker(keeper, pid)), false)
                : new Member.Outcome(Optional.empty(), answer == Message.SILENCE);
    }

    /** Gives this answer, or NO, also where there is no keeper any more; what comes late of an earlier one is passed over. */
    private synchronized Message say(Message message, List<Descriptor> descriptors, Message yes, Duration limit) {
        PeerSocket current = connection;
        if (current == null) {
            return Message.NO;
        }
        try {
            answers.clear();
            current.send(message.text(), descriptors);
        } catch (IOException x) {
            LOG.debug("{} cannot be told {}", name, message, x);
            return Message.NO;
        }
        return await(yes, limit);
    }

    private Message await(Message yes, Duration limit) {
        boolean interrupted = false;
        long end = System.nanoTime() + limit.toNanos();
        Message answer = null;
        for (long left; answer != yes && answer != Message.NO && (left = end - System.nanoTime()) > 0; ) {
            try {
                answer = answers.poll(left, TimeUnit.NANOSECONDS);
            } catch (InterruptedException x) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        return answer == null ? Message.SILENCE : answer;
    }

    /** Ends it with a word: what was kept is closed there. */
    @Override
    public synchronized void close() {
        closed = true;
        notifyAll();
        PeerSocket current = connection;
        if (current != null) {
            try {
                current.send(Message.BYE.text(), List.of());
            } catch (IOException x) {
                LOG.debug("{} has gone", name, x);
            }
            current.shutDown();
        }
    }
}
