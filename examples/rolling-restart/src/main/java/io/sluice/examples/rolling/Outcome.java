package io.sluice.examples.rolling;

/** What became of one request, as its client saw it. Each request has exactly one. */
public enum Outcome {
    /** Status 200 and the complete body. */
    OK("ok"),

    /**
     * The connection was made and then lost before the response was complete. That is a reset while writing or reading,
     * and also an end of stream: to the client both are an answer that never came.
     */
    RESET("reset"),

    /** The connection was refused: nobody listened. */
    REFUSED("refused"),

    /** No complete response within the client's time limit. */
    TIMEOUT("timeout"),

    /** A complete response with status 503. */
    UNAVAILABLE("503"),

    /** Anything else: another status, or bytes that are no HTTP response. */
    OTHER("other");

    private final String label;

    Outcome(String label) {
        this.label = label;
    }

    /**
     * Whether the request got no proper answer.
     *
     * @return true for all but {@link #OK}
     */
    public boolean isLost() {
        return this != OK;
    }

    /** The word that tables and figures use. */
    @Override
    public String toString() {
        return label;
    }
}
