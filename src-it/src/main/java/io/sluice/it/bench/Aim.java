package io.sluice.it.bench;

import java.util.Locale;

/**
 * What a comparison should show in its median.
 *
 * @param of what is judged
 * @param atLeast whether the limit is a lower one
 */
record Aim(Of of, boolean atLeast, double limit) {
    /** What of a comparison is judged. */
    enum Of {
        RATIO,
        DIFFERENCE,
        VALUE
    }

    static Aim ratioAtLeast(double limit) {
        return new Aim(Of.RATIO, true, limit);
    }

    static Aim ratioAtMost(double limit) {
        return new Aim(Of.RATIO, false, limit);
    }

    static Aim differenceAtMost(double limit) {
        return new Aim(Of.DIFFERENCE, false, limit);
    }

    static Aim valueAtMost(double limit) {
        return new Aim(Of.VALUE, false, limit);
    }

    boolean isReachedBy(double value) {
        return atLeast ? value >= limit : value <= limit;
    }

    @Override
    public String toString() {
        String number = of == Of.RATIO ? String.format(Locale.ROOT, "%.2f", limit) : String.valueOf(Math.round(limit));
        return "%s %s %s".formatted(of.name().toLowerCase(Locale.ROOT), atLeast ? "≥" : "≤", number);
    }
}
