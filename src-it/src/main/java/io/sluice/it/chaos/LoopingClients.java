package io.sluice.it.chaos;

import io.sluice.examples.rolling.Outcome;
import java.io.IOException;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/** A fault that is a kind of clients, who come again and again for as long as workers are replaced. */
abstract class LoopingClients implements Fault {
    private final int count;
    private SideClients clients;

    LoopingClients(int count) {
        this.count = count;
    }

    /** See {@link SideClients.Work}. */
    abstract Optional<Outcome> talk(Site site, BooleanSupplier over) throws IOException, InterruptedException;

    @Override
    public final void serving(Site site) throws Exception {
        clients = SideClients.start(site, count, over -> talk(site, over));
    }

    @Override
    public void over(Site site) throws Exception {
        clients.end(site);
    }
}
