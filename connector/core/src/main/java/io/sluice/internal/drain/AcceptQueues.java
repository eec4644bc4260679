package io.sluice.internal.drain;

import java.util.List;

/** The listeners of a connector, which may become more until a drain begins. */
public interface AcceptQueues {
    /**
     * Counts the listeners.
     *
     * @return 0 if all were closed before
     */
    int count();

    /**
     * Gives the listeners, which neither become more nor fewer from here on.
     *
     * @return all, on one address
     */
    List<AcceptQueue> take();

    /**
     * These, and no others.
     *
     * @param queues the listeners
     * @return what always gives them
     */
    static AcceptQueues of(List<? extends AcceptQueue> queues) {
        List<AcceptQueue> fixed = List.copyOf(queues);
        return new AcceptQueues() {
            @Override
            public int count() {
                return fixed.size();
            }

            @Override
            public List<AcceptQueue> take() {
                return fixed;
            }
        };
    }
}
