package io.sluice.it.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class PairTest {
    @Test
    void theOrderAlternates() throws Exception {
        List<String> order = new ArrayList<>();

        List<Pair<Integer>> pairs = Pair.inTurn(
                3,
                () -> {
                    order.add("A");
                    return order.size();
                },
                () -> {
                    order.add("B");
                    return order.size();
                });

        assertEquals(List.of("A", "B", "B", "A", "A", "B"), order);
        assertEquals(List.of(new Pair<>(1, 2), new Pair<>(4, 3), new Pair<>(5, 6)), pairs);
    }

    @Test
    void oneValueIsTakenOfEach() {
        List<Pair<String>> pairs = List.of(new Pair<>("one", "three"));

        assertEquals(List.of(new Pair<>(3.0, 5.0)), Pair.of(pairs, text -> (double) text.length()));
    }
}
