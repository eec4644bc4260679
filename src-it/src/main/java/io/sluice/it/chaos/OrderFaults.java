package io.sluice.it.chaos;

import java.nio.file.Path;
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
                new Cell(AXIS, "members that hand over", new Strategies("hand-over")).inBrief(),
                new Cell(
                                AXIS,
                                "members that hand over, steer and gate",
                                new Strategies("hand-over", "steer", "gate", "hand-over"))
                        .alone(),
                new Cell(AXIS, "members of all strategies", new Strategies("steer", "gate", "two-pass")).alone());
    }

    /** Not in the matrix of one build, which has one version. */
    static Cell withAnotherVersion(Path jar) {
        return new Cell(AXIS, "members of two versions", new Versions(jar)).alone();
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

    /** Every other worker is of another version; all have two acceptors, which may have a listener each. */
    private static final class Versions implements Fault {
        private final Path otherJar;
        private int started;

        private Versions(Path otherJar) {
            this.otherJar = otherJar;
        }

        @Override
        public int members() {
            return 3;
        }

        @Override
        public int restarts() {
            return 12;
        }

        @Override
        public Launch launch(Site site, Launch usual) {
            Launch launch = usual.with("--acceptors", "2");
            return started++ % 2 == 0 ? launch : launch.of(otherJar);
        }
    }
}
