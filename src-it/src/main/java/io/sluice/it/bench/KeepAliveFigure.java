package io.sluice.it.bench;

import java.util.function.Consumer;

/** Request after request on connections that are kept: the drain's watch over them must cost nothing. */
final class KeepAliveFigure implements Figure {
    static final String NAME = "keep-alive";
    private static final int CONNECTIONS = 32;

    @Override
    public void measure(Setting setting, Consumer<Comparison> found) throws Exception {
        try (ContenderPair workers = new ContenderPair(NAME, setting, 1)) {
            Rounds rounds = workers.rounds(CONNECTIONS, server -> () -> KeptConnection.open(server));
            found.accept(
                    rounds.of("requests", Unit.PER_SECOND, round -> round.load().perSecond())
                            .aimingAt(Aim.ratioAtLeast(1.00)));
            found.accept(
                    rounds.of("latency p50", Unit.MICROS, round -> round.load().micros(50)));
            found.accept(
                    rounds.of("latency p99", Unit.MICROS, round -> round.load().micros(99)));
            found.accept(rounds.of(
                    "latency p99.9", Unit.MICROS, round -> round.load().micros(99.9)));
            found.accept(rounds.of("CPU per request", Unit.MICROS, MeasuredWorker.Round::cpuMicros));
            Comparison bytes = rounds.of("allocated per request", Unit.BYTES, MeasuredWorker.Round::bytes);
            found.accept(bytes);
            found.accept(bytes.asDifference());
        }
    }
}
