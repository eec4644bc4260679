package io.sluice.it.kernels;

import java.util.Locale;

/** Who the workers are. */
enum User {
    ROOT,
    NOBODY;

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
