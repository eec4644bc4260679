package io.sluice.it.bench;

import java.util.Locale;

/** What values are counted in, and how many digits of them mean something. */
enum Unit {
    PER_SECOND("1/s", 0),
    MILLIS("ms", 2),
    MICROS("µs", 1),
    BYTES("bytes", 0);

    private final String label;
    private final int digits;

    Unit(String label, int digits) {
        this.label = label;
        this.digits = digits;
    }

    /** As tables show it. */
    String shown(double value) {
        return String.format(Locale.ROOT, "%,." + digits + "f", value);
    }

    /** The value that {@link #shown} tells. */
    double rounded(double value) {
        double scale = Math.pow(10, digits);
        return Math.round(value * scale) / scale;
    }

    @Override
    public String toString() {
        return label;
    }
}
