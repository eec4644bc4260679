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

    private final List<String> members;
    private final String speaks;
    private Optional<PeerSocket> connection = Optional.empty();
    private boolean over;

    /**
     * Prepares to give connections; nobody is asked yet.
     *
     * @param members the names of those that may get them, in the order in which they are asked: the first that wants them
     *     gets all
     * @param speaks what is spoken over them, and where
     */
    public ConnectionSender(List<String> members, String speaks) {
        this.members = List.copyOf(members);
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
            LOG.debug("{} takes no more connections", members, x);
        }
        if (taken < connections.size()) {
            close();
        }
        return taken;
    }

    private boolean isWanted() throws IOException {
        for (String member : members) {
            if (connection.isEmpty()) {
                connection = ask(member);
            }
        }
        return connection.isPresent();
    }

    private Optional<PeerSocket> ask(String member) {
        try {
            PeerSocket socket = PeerSocket.connect(member);
            boolean wanted = false;
            try {
                socket.waitFor(Member.TAKING); // A JVM that has just started is slow.
                socket.send(Message.CONNECTIONS.text(speaks), List.of());
                wanted = Member.answer(socket) == Message.YES;
                return wanted ? Optional.of(socket) : Optional.empty();
            } finally {
                if (!wanted) {
                    socket.close();
                }
            }
        } catch (IOException x) {
            LOG.debug("{} takes no connections", member, x);
            return Optional.empty();
        }
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
