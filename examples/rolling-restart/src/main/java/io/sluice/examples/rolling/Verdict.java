package io.sluice.examples.rolling;

/** What the two results mean. */
record Verdict(Result stock, Result sluice) {
    /** Whether Sluice did what it promises. What the stock connector did makes no difference here. */
    boolean nothingLost() {
        return sluice.outcomes().lost() == 0;
    }

    /** One sentence for people. */
    String sentence() {
        return "Sluice lost %d of %d requests; the stock connector lost %d of %d."
                .formatted(
                        sluice.outcomes().lost(),
                        sluice.outcomes().total(),
                        stock.outcomes().lost(),
                        stock.outcomes().total());
    }
}
