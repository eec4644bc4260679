package io.sluice.it.bench;

import java.util.function.Consumer;

/** Something to measure, in several comparisons. */
interface Figure {
    /** Measures, and tells each comparison as soon as it is known. */
    void measure(Setting setting, Consumer<Comparison> found) throws Exception;
}
