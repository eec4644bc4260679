package io.sluice.it.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Function;

/**
 * Two measurements that were made one right after the other.
 *
 * @param measured what is judged
 * @param base what it is compared with
 */
record Pair<T>(T measured, T base) {
    /** Makes pairs as AB BA AB BA: whatever drifts meanwhile meets both sides alike. */
    static <T> List<Pair<T>> inTurn(int count, Callable<T> measured, Callable<T> base) throws Exception {
        List<Pair<T>> pairs = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            if (i % 2 == 0) {
                T first = measured.call();
                pairs.add(new Pair<>(first, base.call()));
            } else {
                T first = base.call();
                pairs.add(new Pair<>(measured.call(), first));
            }
        }
        return pairs;
    }

    /** One value of each. */
    static <T> List<Pair<Double>> of(List<Pair<T>> pairs, Function<T, Double> value) {
        return pairs.stream()
                .map(pair -> new Pair<>(value.apply(pair.measured), value.apply(pair.base)))
                .toList();
    }
}
