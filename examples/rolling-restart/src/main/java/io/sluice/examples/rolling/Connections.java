package io.sluice.examples.rolling;

import java.util.Locale;

/** How long the connections of a load live. */
enum Connections {
    /** One request each. */
    SHORT,

    /** Until the server ends them. */
    KEEP_ALIVE;

    /** The word that options and figures use. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
