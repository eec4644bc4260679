package io.sluice.internal.lifecycle;

import io.sluice.DrainListener;
import io.sluice.internal.drain.OtherCode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EventListener;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the drain listeners of a connector. They are other people's code in the middle of a stop, so they have a thread
 * of their own: one that throws is logged, one that hangs is left behind.
 */
public final class DrainListeners {
    /** The longest time that listeners may take for one event. */
    public static final long LIMIT_MILLIS = 1000;

    private static final Logger LOG = LoggerFactory.getLogger(DrainListeners.class);

    private final Supplier<List<EventListener>> listeners;
    private volatile Thread teller; // Null while none is told.

    /**
     * Tells those among the listeners of a connector that listen to drains.
     *
     * @param listeners all of its listeners, of whichever kind
     */
    public DrainListeners(Supplier<List<EventListener>> listeners) {
        this.listeners = listeners;
    }

    /** Tells whether this is called by a listener, which must not wait for a drain that waits for it. */
    public boolean isTelling() {
        return Thread.currentThread() == teller;
    }

    /** Tells one after the other, and waits for all of them {@value #LIMIT_MILLIS} ms at most. */
    public void tell(Consumer<DrainListener> event) {
        List<DrainListener> told = new ArrayList<>();
        for (EventListener listener : listeners.get()) {
            if (listener instanceof DrainListener drainListener) {
                told.add(drainListener);
            }
        }
        if (told.isEmpty()) {
            return;
        }
        Thread thread = OtherCode.start("sluice-drain-listeners", () -> {
            teller = Thread.currentThread(); // It is the caller's where there is no other.
            told.forEach(listener -> tell(listener, event));
            teller = null;
        });
        if (!OtherCode.isOver(thread, Duration.ofMillis(LIMIT_MILLIS))) {
            LOG.warn("A drain listener has not returned for {} ms; the drain goes on: {}", LIMIT_MILLIS, told);
        }
    }

    private static void tell(DrainListener listener, Consumer<DrainListener> event) {
        try {
            event.accept(listener);
        } catch (Throwable x) { // Not RuntimeException: a class that is missing is no reason to lose anybody either.
            LOG.warn("Failed to notify {}", listener, x);
        }
    }
}
