package io.sluice.it.clients;

import java.util.Locale;

/** What is compared. */
enum Connector {
    STOCK("stock"),
    SLUICE("draining");

    /** The worker's value for {@code --connector}. */
    final String option;

    Connector(String option) {
        this.option = option;
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
