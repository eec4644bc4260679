package io.sluice;

import org.eclipse.jetty.io.ManagedSelector;

/**
 * When a selector last looked for bytes from clients. One that is held up, as the whole process may be, has not seen what
 * came meanwhile, and who seems to be silent may have sent a request long ago.
 */
final class SelectorLook {
    private final ManagedSelector selector;
    private volatile long lookedAt = System.nanoTime();
    private volatile boolean asked;

    SelectorLook(ManagedSelector selector) {
        this.selector = selector;
    }

    /** All that came before this moment is known. */
    long lookedAt() {
        return lookedAt;
    }

    /** Asks for one more look, unless one is still to come. */
    void ask() {
        if (!asked) {
            asked = true;
            // A selector carries out what was submitted, selects, and comes to all that is ready, before it carries out
            // what was submitted next (ManagedSelector.SelectorProducer.produce).
            selector.submit(before -> {
                long begun = System.nanoTime();
                selector.submit(after -> {
                    lookedAt = begun;
                    asked = false;
                });
            });
        }
    }
}
