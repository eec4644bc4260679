package io.sluice.examples.rolling;

import picocli.CommandLine.Help.Ansi;

/** Whether somebody watches who can see lines drawn again. */
final class Terminal {
    private Terminal() {}

    static boolean canRedraw() {
        // Ansi knows consoles that are none, and heeds NO_COLOR; alone it would also believe CLICOLOR_FORCE in a pipe.
        return System.console() != null && Ansi.AUTO.enabled() && canRedraw(System.getenv("TERM"));
    }

    /** Whether a terminal of this type moves its cursor; null if the type is not known. */
    static boolean canRedraw(String type) {
        return type != null && !type.isEmpty() && !type.equals("dumb");
    }
}
