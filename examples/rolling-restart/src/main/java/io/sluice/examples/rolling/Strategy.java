package io.sluice.examples.rolling;

import java.util.List;
import java.util.Locale;

/** What the workers of a load drain with: nothing, which is Jetty's own connector, or a strategy of Sluice. */
enum Strategy {
    STOCK,
    TWO_PASS,
    GATE,
    STEER,
    HAND_OVER,
    AUTO;

    boolean isSluice() {
        return this != STOCK;
    }

    /** What the worker is told. */
    List<String> workerOptions() {
        return isSluice() ? List.of("--connector=draining", "--strategy=" + this) : List.of("--connector=stock");
    }

    /** The word that options, tables and figures use. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
