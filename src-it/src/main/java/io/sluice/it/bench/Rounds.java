package io.sluice.it.bench;

import java.util.List;
import java.util.function.Function;

/** Rounds of both contenders under the same load, for one figure. */
record Rounds(String figure, List<Pair<MeasuredWorker.Round>> pairs) {
    Rounds {
        pairs = List.copyOf(pairs);
    }

    /** What they say about one quantity. */
    Comparison of(String quantity, Unit unit, Function<MeasuredWorker.Round, Double> value) {
        return new Comparison(
                figure,
                quantity,
                unit,
                Contender.SLUICE.toString(),
                Contender.STOCK.toString(),
                Comparison.Kind.RATIO,
                Pair.of(pairs, value),
                null);
    }
}
