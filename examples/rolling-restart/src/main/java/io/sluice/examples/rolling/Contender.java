package io.sluice.examples.rolling;

/** The two connectors that are compared, in the order of their turns. */
enum Contender {
    STOCK("stock", "stock"),
    SLUICE("sluice", "draining");

    /** The worker's value for {@code --connector}. */
    final String connector;

    private final String label;

    Contender(String label, String connector) {
        this.label = label;
        this.connector = connector;
    }

    @Override
    public String toString() {
        return label;
    }
}
