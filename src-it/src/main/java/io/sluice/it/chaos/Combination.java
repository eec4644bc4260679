package io.sluice.it.chaos;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Collectors;

/** Several faults together, one at most of each axis. The same seed gives the same combination. */
final class Combination {
    private static final int MOST = 3;

    private Combination() {}

    static Cell of(List<Cell> cells, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        int count = 2 + random.nextInt(MOST - 1);
        List<String> axes =
                new ArrayList<>(cells.stream().map(Cell::axis).distinct().toList());
        List<Cell> parts = new ArrayList<>();
        while (parts.size() < count && !axes.isEmpty()) {
            String axis = axes.remove(random.nextInt(axes.size()));
            List<Cell> ofAxis = cells.stream()
                    .filter(cell -> cell.axis().equals(axis) && cell.combines())
                    .toList();
            if (!ofAxis.isEmpty()) {
                parts.add(ofAxis.get(random.nextInt(ofAxis.size())));
            }
        }
        return new Cell(
                "together",
                parts.stream().map(Cell::name).collect(Collectors.joining(" + ", "", " (seed " + seed + ")")),
                parts.stream().flatMap(cell -> cell.faults().stream()).toList(),
                false,
                false);
    }
}
