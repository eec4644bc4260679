package io.sluice.it.bench;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Consumer;

/** Short connections: how many there can be, and what each costs the server. */
final class ConnectionsFigure implements Figure {
    static final String NAME = "connections";
    private static final List<Integer> ACCEPTORS = List.of(0, 1, 2);
    private static final int CLIENTS = 16;

    @Override
    public void measure(Setting setting, Consumer<Comparison> found) throws Exception {
        List<Comparison> rates = new ArrayList<>();
        for (int acceptors : ACCEPTORS) {
            String setup = acceptors == 1 ? "1 acceptor" : acceptors + " acceptors";
            try (ContenderPair workers = new ContenderPair(NAME, setting, acceptors)) {
                Rounds requests = workers.rounds(CLIENTS, server -> () -> new ShortConnection(server));
                rates.add(requests.of("connections, " + setup, Unit.PER_SECOND, round -> round.load()
                        .perSecond()));
                found.accept(requests.of("CPU per connection, " + setup, Unit.MICROS, MeasuredWorker.Round::cpuMicros)
                        .aimingAt(Aim.ratioAtMost(0.95)));
                Comparison bytes =
                        requests.of("allocated per connection, " + setup, Unit.BYTES, MeasuredWorker.Round::bytes);
                found.accept(bytes);
                found.accept(bytes.asDifference());

                Rounds accepts = workers.rounds(CLIENTS, server -> () -> new SilentConnection(server));
                found.accept(accepts.of("allocated per accept, " + setup, Unit.BYTES, MeasuredWorker.Round::bytes)
                        .asDifference()
                        .aimingAt(Aim.differenceAtMost(0)));
            }
        }
        withAims(rates).forEach(found);
    }

    /** The best is to be clearly better, and none worse. */
    private static List<Comparison> withAims(List<Comparison> rates) {
        Comparison best = rates.stream()
                .max(Comparator.comparingDouble(rate -> rate.ratio().median()))
                .orElseThrow();
        return rates.stream()
                .map(rate -> rate.aimingAt(Aim.ratioAtLeast(rate.equals(best) ? 1.10 : 1.00)))
                .toList();
    }
}
