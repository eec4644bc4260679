package io.sluice.examples.rolling;

/** An option with a value that cannot be used. The message names the option, the value and what is allowed. */
final class BadOption extends RuntimeException {
    private static final long serialVersionUID = 1;

    BadOption(String option, Object value, String allowed) {
        super("%s is %s; allowed is %s".formatted(option, value, allowed));
    }
}
