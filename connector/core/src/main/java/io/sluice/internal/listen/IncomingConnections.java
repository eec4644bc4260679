package io.sluice.internal.listen;

import io.sluice.Adoption;
import io.sluice.internal.drain.OtherCode;
import io.sluice.internal.handover.Member;
import io.sluice.linux.ConnectionAdopter;
import io.sluice.linux.ConnectionEnds;
import io.sluice.linux.Descriptor;
import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.IntPredicate;
import org.eclipse.jetty.util.IO;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The open connections of a process that stops, which its connector goes on with as if it had accepted them itself. */
final class IncomingConnections implements Member.Adopter {
    private static final Logger LOG = LoggerFactory.getLogger(IncomingConnections.class);

    private final long pid;
    private final OpenConnections connections;
    private final IntPredicate room;
    private final Consumer<Adoption> observer;
    private final ConnectionAdopter adopter;
    private final Map<SocketChannel, ConnectionEnds> prepared = new LinkedHashMap<>();
    private int served;
    private int lost;

    /**
     * Gets ready to adopt.
     *
     * @param pid the process that had them
     * @param port the port of all of them
     * @param connections those of the connector
     * @param room whether there is room for one more than so many
     * @param observer is told of all of them at the end
     * @throws IOException if they cannot be adopted here
     */
    IncomingConnections(long pid, int port, OpenConnections connections, IntPredicate room, Consumer<Adoption> observer)
            throws IOException {
        this.pid = pid;
        this.connections = connections;
        this.room = room;
        this.observer = observer;
        this.adopter = new ConnectionAdopter(port);
    }

    @Override
    public int prepare(List<Descriptor> received) {
        int ready = 0;
        try {
            for (Descriptor each : received) {
                Optional<ConnectionEnds> ends = room.test(prepared.size()) ? adopter.endsOf(each) : Optional.empty();
                if (ends.isPresent()) {
                    prepared.put(adopter.channelOf(each), ends.get());
                } else if (!adopter.isReset(each)) { // Of one that is reset nobody has to serve anything.
                    break;
                }
                ready++;
            }
        } catch (IOException | RuntimeException x) { // No descriptor is left, as a rule.
            LOG.debug("No more connections of process {} can be adopted", pid, x);
        }
        return ready;
    }

    @Override
    public void serve() {
        prepared.forEach(this::serve);
        prepared.clear();
    }

    private void serve(SocketChannel connection, ConnectionEnds ends) {
        try {
            connections.serve(connection, ends);
            served++;
        } catch (IOException | RuntimeException x) { // As where the connector stops in this moment.
            LOG.debug("The connection of {} cannot be served", ends.remote(), x);
            IO.close(connection);
            lost++;
        }
    }

    @Override
    public void close() {
        prepared.keySet().forEach(IO::close);
        adopter.close();
        if (served + lost > 0) {
            OtherCode.start("sluice-adopted", () -> observer.accept(Adoption.ofConnections(pid, served, lost)));
        }
    }
}
