package io.sluice.it.net;

import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.LifecycleMethodExecutionExceptionHandler;
import org.junit.jupiter.api.extension.TestExecutionExceptionHandler;
import org.opentest4j.TestAbortedException;

/** Skips a test that lacks something of the machine, saying what; in CI it fails. */
public final class SkippedWithoutRequirements
        implements TestExecutionExceptionHandler, LifecycleMethodExecutionExceptionHandler {
    @Override
    public void handleTestExecutionException(ExtensionContext context, Throwable failure) throws Throwable {
        throw seen(failure);
    }

    @Override
    public void handleBeforeAllMethodExecutionException(ExtensionContext context, Throwable failure) throws Throwable {
        throw seen(failure);
    }

    @Override
    public void handleBeforeEachMethodExecutionException(ExtensionContext context, Throwable failure) throws Throwable {
        throw seen(failure);
    }

    private static Throwable seen(Throwable failure) {
        return failure instanceof Requirement.MissingException && !"true".equals(System.getenv("CI"))
                ? new TestAbortedException(failure.getMessage(), failure)
                : failure;
    }
}
