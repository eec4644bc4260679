package io.sluice.internal.handover;

import io.sluice.linux.PeerSocket;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A process whose listeners we keep until its connection to us ends, by a word or without. */
final class Ward implements Session {
    private static final Logger LOG = LoggerFactory.getLogger(Ward.class);

    private final PeerSocket connection;
    private final Member.Holder holder;
    private final PeerSocket.Packet first;
    private Optional<Member.Kept> kept = Optional.empty(); // Used in the thread that serves it.
    private volatile boolean left; // By us.

    /** Makes one that will keep the listeners of its first message. */
    Ward(PeerSocket connection, Member.Holder holder, PeerSocket.Packet first) {
        this.connection = connection;
        this.holder = holder;
        this.first = first;
    }

    /** Keeps these listeners, answers, and waits for what comes of them. */
    @Override
    public void serve() {
        long pid = connection.peerPid();
        boolean taken = false;
        try (connection) {
            keep(first);
            connection.waitFor(Duration.ZERO);
            Message last = Message.KEEP;
            while (last == Message.KEEP) {
                Optional<PeerSocket.Packet> packet = connection.receive();
                last = packet.map(each -> Message.of(each.text())).orElse(Message.SILENCE);
                if (last == Message.KEEP) {
                    keep(packet.get());
                } else {
                    packet.ifPresent(PeerSocket.Packet::close);
                }
            }
            if (last == Message.TAKE && !left) {
                taken = kept.isPresent() && kept.get().take(pid);
                connection.send((taken ? Message.TAKEN : Message.NO).text(), List.of());
            }
            if (last == Message.SILENCE) {
                inherit(pid);
            }
        } catch (IOException x) {
            LOG.debug("A process whose listeners are kept fails", x);
            if (!taken) {
                inherit(pid);
            }
        } finally {
            kept.ifPresent(Member.Kept::close);
        }
    }

    private void inherit(long pid) {
        if (!left) { // Nothing is kept of one that was refused, or that did not wait for the answer.
            kept.ifPresent(listeners -> listeners.inherit(pid));
        }
    }

    private void keep(PeerSocket.Packet packet) throws IOException {
        Optional<Member.Kept> next;
        try (packet) {
            next = holder.keep(packet.descriptors());
        }
        try {
            connection.send((next.isPresent() ? Message.KEPT : Message.NO).text(), List.of());
        } catch (IOException x) {
            next.ifPresent(Member.Kept::close);
            throw x;
        }
        if (next.isPresent()) {
            kept.ifPresent(Member.Kept::close);
            kept = next;
        }
    }

    /** Closes what is kept, and ends the connection. */
    @Override
    public void leave() {
        left = true;
        connection.shutDown();
    }
}
