package io.sluice.linux;

import java.io.IOException;

/** Others have a descriptor of the listener, or may have one: nothing may be set on it, because it would stay for them. */
public final class HeldElsewhereException extends IOException {
    /** What is said of such a listener, in an exception, the log and the report. */
    public static final String REASON = "as others may hold the listener, nothing is set on it";

    private static final long serialVersionUID = 1;

    HeldElsewhereException() {
        super(REASON);
    }
}
