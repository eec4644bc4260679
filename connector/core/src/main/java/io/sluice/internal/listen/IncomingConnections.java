package io.sluice.internal.listen;

import io.sluice.Adoption;
import io.sluice.internal.handover.Member;
import io.sluice.linux.AdoptedConnection;
import io.sluice.linux.ConnectionAdopter;
import io.sluice.linux.Descriptor;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
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
    private final List<AdoptedConnection> prepared = new ArrayList<>();
    private int served;

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
        try {
            for (Descriptor each : received) {
                Optional<AdoptedConnection> adopted =
                        room.test(prepared.size()) ? adopter.adopt(each) : Optional.empty();
                if (adopted.isEmpty()) {
                    break;
                }
                prepared.add(adopted.get());
            }
        } catch (IOException | RuntimeException x) { // No descriptor is left, as a rule.
            LOG.debug("No more connections of process {} can be adopted", pid, x);
        }
        return prepared.size();
    }

    @Override
    public void serve() {
        for (AdoptedConnection each : prepared) {
            try {
                connections.serve(each);
                served++;
            } catch (IOException | RuntimeException x) { // As where the connector stops in this moment.
                LOG.debug("The connection of {} cannot be served", each.remote(), x);
                IO.close(each.channel());
            }
        }
        prepared.clear();
    }

    @Override
    public void close() {
        prepared.forEach(each -> IO.close(each.channel()));
        adopter.close();
        if (served > 0) {
            observer.accept(Adoption.ofConnections(pid, served));
        }
    }
}
