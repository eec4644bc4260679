package io.sluice.examples.rolling;

/** A worker did not do what it was expected to. The message ends with the last lines of its output. */
public final class WorkerException extends RuntimeException {
    private static final long serialVersionUID = 1;

    WorkerException(String message) {
        super(message);
    }
}
