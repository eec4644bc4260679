package io.sluice.it.bench;

import java.util.Locale;

/** What can end the queue of a listener, and is measured. */
enum Side {
    /** A server's stop, with the draining connector. */
    SLUICE("Sluice"),

    /** A server's stop, with Jetty's own connector: it closes, and what is queued is reset. */
    STOCK("stock"),

    /** Nothing but accepts, which no drain can do without. */
    LOOP("accept4 loop");

    private final String label;

    Side(String label) {
        this.label = label;
    }

    /** Its name as an option of ours. */
    String option() {
        return name().toLowerCase(Locale.ROOT);
    }

    @Override
    public String toString() {
        return label;
    }
}
