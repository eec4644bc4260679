package io.sluice.it.chaos;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What chance puts together. */
class CombinationTest {
    private static final int TRIES = 200;

    /** So that a run that failed can be run again. */
    @Test
    void theSameSeedGivesTheSameFaults() {
        for (int seed = 0; seed < TRIES; seed++) {
            assertEquals(
                    Combination.of(Cells.all(), seed).name(),
                    Combination.of(Cells.all(), seed).name());
        }
    }

    @Test
    void oneFaultOfAnAxisAtMostAndNoneThatComesAlone() {
        Set<String> combined = new HashSet<>();
        List<Cell> alone = Cells.all().stream().filter(cell -> !cell.combines()).toList();
        for (int seed = 0; seed < TRIES; seed++) {
            String name = Combination.of(Cells.all(), seed).name();
            combined.add(name);
            assertTrue(name.contains(" + "), name);
            for (Cell cell : alone) {
                assertTrue(
                        !List.of(name.replaceAll(" \\(seed.*", "").split(" \\+ "))
                                .contains(cell.name()),
                        name);
            }
        }
        assertTrue(combined.size() > TRIES / 2, combined::toString);
    }
}
