package io.sluice;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** How the accept queue of a listener is emptied before the listener is closed. */
public enum DrainStrategy {
    /**
     * {@link #HAND_OVER} where another process takes the listener; otherwise {@link #STEER} where the kernel is known to do
     * it safely, else {@link #GATE}, else {@link #TWO_PASS}, which is also for a listener that others may hold: what
     * the other two set on it would outlive us. The choice and its reason are logged at start.
     */
    AUTO,

    /**
     * Linux: another process that shares the port gets the listener and accepts from it, before this one stops accepting.
     * What is queued or half-open goes on there, so that nobody is reset, nobody waits, and nothing is set on the socket.
     * The other one must have this strategy or {@link #AUTO} too. Where nobody takes the listener, it drains as with {@link
     * #STEER} or {@link #GATE}.
     */
    HAND_OVER,

    /**
     * Linux: new connections are steered to the other members of the reuseport group while this one drains, and the
     * half-open handshakes are waited for, so that nobody is reset and nobody waits. Where this listener is the last of
     * its group, it drains as with {@link #GATE}.
     */
    STEER,

    /**
     * Linux: new SYNs are dropped from the first pass to the close, and the half-open handshakes are waited for, so that
     * nobody is reset. A client whose SYN is dropped sends it again a second later, to another member of the group.
     */
    GATE,

    /**
     * Two accept passes {@link DrainingServerConnector#getDrainSettle() drainSettle} apart, then close. It works on
     * every platform. A handshake that is still on its way when the second pass ends is reset by the kernel: about one
     * connection in ten thousand under load on one machine, more where round trips are longer than the pause.
     */
    TWO_PASS;

    /**
     * The strategy with the given name.
     *
     * @param name {@code auto}, {@code hand-over}, {@code steer}, {@code gate} or {@code two-pass}, in any case
     * @return the strategy
     * @throws IllegalArgumentException if there is none of that name
     */
    public static DrainStrategy of(String name) {
        for (DrainStrategy strategy : values()) {
            if (strategy.toString().equalsIgnoreCase(name)) {
                return strategy;
            }
        }
        throw new IllegalArgumentException("drainStrategy is '%s'; allowed are %s"
                .formatted(name, Arrays.stream(values()).map(String::valueOf).collect(Collectors.joining(", "))));
    }

    /** The name as it is written in configuration and logs, for instance {@code two-pass}. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
