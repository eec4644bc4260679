package io.sluice;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;

/** A thread that must come back, and may fail only because it was interrupted. */
final class ReturningThread extends Thread {
    private final Task task;
    private volatile Throwable failure;

    /** What it does. */
    interface Task {
        void run() throws Exception;
    }

    ReturningThread(String name, Task task) {
        super(name);
        this.task = task;
        setDaemon(true);
    }

    @Override
    public void run() {
        try {
            task.run();
        } catch (Exception | AssertionError x) {
            failure = x;
        }
    }

    /** Waits for it, and tells what went wrong. */
    Optional<String> end(Duration bound) throws InterruptedException {
        join(bound.toMillis());
        if (isAlive()) {
            return Optional.of(getName() + " does not come back: " + Arrays.toString(getStackTrace()));
        }
        if (failure == null || isOfInterrupt(failure)) {
            return Optional.empty();
        }
        StringWriter trace = new StringWriter();
        failure.printStackTrace(new PrintWriter(trace));
        return Optional.of(getName() + " failed: " + trace);
    }

    private static boolean isOfInterrupt(Throwable x) {
        return x instanceof InterruptedException || x.getCause() instanceof InterruptedException;
    }
}
