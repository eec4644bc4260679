package io.sluice.it.chaos;

import java.util.List;
import java.util.stream.Stream;

/** The whole matrix. */
final class Cells {
    private Cells() {}

    static List<Cell> all() {
        return Stream.of(
                        StopFaults.cells(),
                        ProcessFaults.cells(),
                        OrderFaults.cells(),
                        NetworkFaults.cells(),
                        ResourceFaults.cells(),
                        ClientFaults.cells())
                .flatMap(List::stream)
                .toList();
    }
}
