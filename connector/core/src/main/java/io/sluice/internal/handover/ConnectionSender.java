package io.sluice.internal.handover;

import io.sluice.internal.drain.Successor;
import io.sluice.linux.Descriptor;
import io.sluice.linux.PeerSocket;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives open connections to another member. It serves them only once it has been told to, and it is told only once it has
 * answered in time: whatever happens to one of the two, never do both read from a connection.
 */
public final class ConnectionSender implements Successor {
    private static final Logger LOG = LoggerFactory.getLogger(ConnectionSender.class);

    private final String member;
    private final String speaks;
    private Optional<PeerSocket> connection = Optional.empty();
    private boolean over;

    /**
     * Prepares to give connections; nobody is asked yet.
     *
     * @param member the name of the one that gets them
     * @param speaks what is spoken over them
     */
    public ConnectionSender(String member, String speaks) {
        this.member = member;
        this.speaks = speaks;
    }

    @Override
    public int take(List<Descriptor> connections) {
        int taken = 0;
        try {
            if (!over && isWanted()) {
                taken = give(connection.get(), connections);
            }
        } catch (IOException x) {
            LOG.debug("{} takes no connections", member, x);
        }
        if (taken < connections.size()) {
            close();
        }
        return taken;
    }

    private boolean isWanted() throws IOException {
        if (connection.isEmpty()) {
            PeerSocket socket = PeerSocket.connect(member);
            connection = Optional.of(socket);
            socket.waitFor(Member.TAKING); // It has taken our listeners: it is only slow if it is silent.
            socket.send(Message.CONNECTIONS.text(speaks), List.of());
            if (Member.answer(socket) != Message.YES) {
                return false;
            }
        }
        return true;
    }

    private static int give(PeerSocket socket, List<Descriptor> connections) throws IOException {
        socket.send(Message.ADOPT.text(), connections);
        Optional<PeerSocket.Packet> answer = socket.receive();
        answer.ifPresent(PeerSocket.Packet::close);
        String text = answer.map(PeerSocket.Packet::text).orElse("");
        int ready = Message.of(text) == Message.READY ? Message.READY.countOf(text, connections.size()) : 0;
        if (ready > 0) {
            socket.send(Message.GO.text(), List.of());
        }
        return ready;
    }

    /** What it has been told to serve stays there; what it has not been told to serve it closes. */
    @Override
    public void close() {
        over = true;
        connection.ifPresent(PeerSocket::close);
        connection = Optional.empty();
    }
}
