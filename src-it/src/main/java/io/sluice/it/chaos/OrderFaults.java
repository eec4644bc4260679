package io.sluice.it.chaos;

import java.util.List;

/** The order in which workers replace one another, and who is together on the port. */
final class OrderFaults {
    private static final String AXIS = "order";

    private OrderFaults() {}

    static List<Cell> cells() {
        return List.of(
                new Cell(AXIS, "the old one stops before the new one is up", new InOrder(Order.OLD_FIRST, 3)).inBrief(),
                new Cell(AXIS, "two new ones at once", new InOrder(Order.TWO_BY_TWO, 4)).inBrief(),
                new Cell(AXIS, "members that steer, and members that gate", new Strategies("steer", "gate")).inBrief(),
                new Cell(AXIS, "members of all strategies", new Strategies("steer", "gate", "two-pass")).alone());
    }

    private record InOrder(Order order, int restarts) implements Fault {}

    /** Each worker has the next strategy of the list. */
    private static final class Strategies implements Fault {
        private final List<String> strategies;
        private int started;

        private Strategies(String... strategies) {
            this.strategies = List.of(strategies);
        }

        @Override
        public int members() {
            return strategies.size() + 1;
        }

        @Override
        public int restarts() {
            return 2 * strategies.size();
        }

        @Override
        public Launch launch(Site site, Launch usual) {
            return usual.with("--strategy", strategies.get(started++ % strategies.size()));
        }
    }
}
