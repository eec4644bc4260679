package io.sluice.it.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.function.Function;

/** From the stop to the closed listener: the time in which a stop could still lose somebody. */
final class DrainFigure implements Figure {
    static final String NAME = "drain";
    private static final int PLENTY = 4096;
    private static final List<Integer> QUEUES = List.of(100, 1000, PLENTY);
    private static final int MEMBERS = 2;
    private static final List<Integer> MORE_MEMBERS = List.of(8, 64);
    private static final int QUEUE_OF_GROUP = 1000;

    /** What is left of a queue's first drains when the compiler has done its work. */
    private static final int WARM_UPS = 5;

    @Override
    public void measure(Setting setting, Consumer<Comparison> found) throws Exception {
        Run run = new Run(setting, found);
        run.emptyQueue();
        for (int queue : QUEUES) {
            run.filled(queue);
        }
        for (int members : MORE_MEMBERS) {
            run.group(members);
        }
    }

    private record Run(Setting setting, Consumer<Comparison> found) {
        void emptyQueue() throws Exception {
            List<Pair<Ending>> first = Pair.inTurn(
                    setting.pairs(), () -> first(Side.SLUICE, 0, MEMBERS), () -> first(Side.STOCK, 0, MEMBERS));
            found.accept(of(0, "first of a JVM", Side.STOCK, first).aimingAt(Aim.valueAtMost(5)));
            phases(0, first);
            found.accept(of(0, "warm", Side.STOCK, warm(0, Side.STOCK)).aimingAt(Aim.valueAtMost(5)));
        }

        private Ending first(Side side, int queue, int members) throws Exception {
            return Endings.of(setting, List.of(side), queue, members, 1).first();
        }

        void filled(int queue) throws Exception {
            List<Pair<Ending>> first = new ArrayList<>();
            for (int i = 0; i < setting.pairs(); i++) {
                first.addAll(Endings.of(setting, List.of(Side.SLUICE, Side.LOOP), queue, MEMBERS, 1)
                        .pairs(Side.SLUICE, Side.LOOP));
            }
            Aim aim = queue == PLENTY ? Aim.ratioAtMost(3) : null;
            found.accept(of(queue, "first of a JVM", Side.LOOP, first).aimingAt(aim));
            phases(queue, first);
            found.accept(of(queue, "warm", Side.LOOP, warm(queue, Side.LOOP)).aimingAt(aim));
        }

        private List<Pair<Ending>> warm(int queue, Side base) throws Exception {
            List<Pair<Ending>> all = Endings.of(
                            setting, List.of(Side.SLUICE, base), queue, MEMBERS, WARM_UPS + setting.pairs())
                    .pairs(Side.SLUICE, base);
            return all.subList(WARM_UPS, all.size());
        }

        private static Comparison of(int queue, String how, Side base, List<Pair<Ending>> pairs) {
            String quantity = String.format(Locale.ROOT, "stop to close, %,d queued, %s", queue, how);
            return millis(quantity, Side.SLUICE.toString(), base.toString(), Pair.of(pairs, Ending::millis));
        }

        /** Where the time goes. */
        private void phases(int queue, List<Pair<Ending>> pairs) {
            phase(queue, "before the drain", pairs, Ending::beforeDrainMillis);
            phase(queue, "first pass", pairs, Ending::firstPassMillis);
            phase(queue, "handshakes", pairs, Ending::handshakesMillis);
            phase(queue, "close", pairs, Ending::closeMillis);
        }

        private void phase(int queue, String phase, List<Pair<Ending>> pairs, Function<Ending, Double> millis) {
            String quantity = String.format(Locale.ROOT, "stop to close, %,d queued, its part", queue);
            found.accept(millis(
                    quantity,
                    phase,
                    "whole",
                    pairs.stream()
                            .map(Pair::measured)
                            .map(ending -> new Pair<>(millis.apply(ending), ending.millis()))
                            .toList()));
        }

        void group(int members) throws Exception {
            List<Pair<Ending>> pairs = Pair.inTurn(
                    setting.pairs(),
                    () -> first(Side.SLUICE, QUEUE_OF_GROUP, members),
                    () -> first(Side.SLUICE, QUEUE_OF_GROUP, MEMBERS));
            found.accept(millis(
                    String.format(Locale.ROOT, "stop to close, %,d queued, in a group", QUEUE_OF_GROUP),
                    members + " members",
                    MEMBERS + " members",
                    Pair.of(pairs, Ending::millis)));
        }

        private static Comparison millis(String quantity, String measured, String base, List<Pair<Double>> pairs) {
            return new Comparison(NAME, quantity, Unit.MILLIS, measured, base, Comparison.Kind.RATIO, pairs, null);
        }
    }
}
