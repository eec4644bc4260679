package io.sluice.internal.handover;

import io.sluice.linux.PeerSocket;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Takes open connections of a process that stops, until that has no more. */
final class ConnectionReceiver implements Session {
    private static final Logger LOG = LoggerFactory.getLogger(ConnectionReceiver.class);

    private final PeerSocket socket;
    private final Member.Adopter adopter;

    ConnectionReceiver(PeerSocket socket, Member.Adopter adopter) {
        this.socket = socket;
        this.adopter = adopter;
    }

    @Override
    public void serve() {
        try (socket;
                adopter) {
            socket.send(Message.YES.text(), List.of());
            socket.waitFor(Duration.ZERO); // Requests in flight may take as long as their process lets them.
            while (isServed()) {
                LOG.trace("A batch of connections is served");
            }
        } catch (IOException x) {
            LOG.debug("No more connections", x);
        }
    }

    private boolean isServed() throws IOException {
        Optional<PeerSocket.Packet> batch = socket.receive();
        if (batch.isEmpty()) {
            return false;
        }
        int ready = 0;
        try (PeerSocket.Packet packet = batch.get()) {
            if (Message.of(packet.text()) == Message.ADOPT) {
                ready = adopter.prepare(packet.descriptors());
            }
        }
        socket.send(Message.READY.text(ready), List.of());
        if (ready == 0) {
            return false;
        }
        Optional<PeerSocket.Packet> order = socket.receive();
        order.ifPresent(PeerSocket.Packet::close);
        boolean go = order.map(packet -> Message.of(packet.text())).orElse(Message.NO) == Message.GO;
        if (go) {
            adopter.serve();
        }
        return go;
    }

    @Override
    public void leave() {
        socket.shutDown();
    }
}
