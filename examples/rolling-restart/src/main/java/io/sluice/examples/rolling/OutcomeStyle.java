package io.sluice.examples.rolling;

import java.util.Locale;

/** How the report draws outcomes: by a style of this name, and by a pattern that is told apart without colour. */
final class OutcomeStyle {
    private OutcomeStyle() {}

    static String of(Outcome outcome) {
        return "outcome-" + outcome.name().toLowerCase(Locale.ROOT);
    }
}
