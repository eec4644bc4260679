package io.sluice.internal.listen;

import io.sluice.DrainStrategy;
import io.sluice.linux.Features;
import io.sluice.linux.ReusePortGroup;
import java.io.IOException;
import java.nio.channels.ServerSocketChannel;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How the listeners of one connector will drain, decided when they are opened.
 *
 * @param strategy the strategy, never AUTO
 * @param reason why that one
 * @param group the kernel's side of the listeners
 * @param instead what is used where nobody takes the listeners over
 * @param insteadReason why that one
 */
record StrategyChoice(
        DrainStrategy strategy, String reason, ReusePortGroup group, DrainStrategy instead, String insteadReason) {
    private static final Logger LOG = LoggerFactory.getLogger(StrategyChoice.class);

    /**
     * Chooses. What this machine can do is asked only where it matters: two passes need no native code, and load none.
     *
     * @throws IllegalArgumentException if the strategy was asked for by name and cannot work here
     */
    static StrategyChoice of(DrainStrategy asked, boolean reusePort, List<ServerSocketChannel> channels) {
        return asked == DrainStrategy.TWO_PASS
                ? twoPass("as configured")
                : of(asked, reusePort, channels, Features.detect());
    }

    /**
     * Chooses for a listener that others may hold: nothing is set on it, because that would stay when ours is closed. What
     * is queued or half-open then goes on with the others.
     *
     * @throws IllegalArgumentException if another strategy was asked for by name
     */
    static StrategyChoice ofShared(DrainStrategy asked) {
        return switch (asked) {
            case TWO_PASS -> twoPass("as configured");
            case AUTO -> twoPass(ReusePortGroup.HELD_ELSEWHERE);
            default -> throw impossible(asked, ReusePortGroup.HELD_ELSEWHERE, "auto, two-pass");
        };
    }

    /** Chooses on a machine with these features; two passes were not asked for. */
    static StrategyChoice of(
            DrainStrategy asked, boolean reusePort, List<ServerSocketChannel> channels, Features features) {
        Optional<String> noAccess = features.obstacleToNativeAccess();
        if (noAccess.isPresent()) {
            return twoPassBecause(noAccess.get(), asked);
        }
        Optional<String> noSteering = reusePort
                ? features.obstacleToSteering()
                : Optional.of("reusePort is false, so that there is no group to steer to");
        if (asked == DrainStrategy.STEER && noSteering.isPresent()) {
            throw impossible(asked, noSteering.get(), "auto, gate, two-pass");
        }
        if (asked == DrainStrategy.HAND_OVER && !reusePort) {
            throw impossible(asked, "reusePort is false, so that nobody shares the port", "auto, gate, two-pass");
        }
        ReusePortGroup group;
        try {
            group = ReusePortGroup.of(channels, features);
        } catch (IOException x) {
            return twoPassBecause(x.getMessage(), asked);
        }
        noSteering = noSteering.or(group::obstacleToProbing);
        if (asked == DrainStrategy.STEER && noSteering.isPresent()) {
            IntStream.range(0, channels.size())
                    .forEach(index -> group.listener(index).close());
            throw impossible(asked, noSteering.get(), "auto, gate, two-pass");
        }
        String reason = noSteering.orElseGet(features::kernelSafety);
        return switch (asked) {
            case GATE -> only(DrainStrategy.GATE, "as configured", group);
            case STEER -> steering("as configured, " + features.kernelSafety(), group);
            default -> {
                StrategyChoice choice = noSteering.isEmpty() && features.isKernelSafe()
                        ? steering(features.kernelSafety(), group)
                        : only(DrainStrategy.GATE, reason, group);
                yield reusePort ? choice.afterHandOver(asked) : choice;
            }
        };
    }

    /** Gives the choice for where hand-over turns out not to work. */
    StrategyChoice withoutHandOver(String why) {
        return only(instead, why + "; " + insteadReason, group);
    }

    private StrategyChoice afterHandOver(DrainStrategy asked) {
        String why = asked == DrainStrategy.HAND_OVER ? "as configured" : "processes share the port";
        return new StrategyChoice(
                DrainStrategy.HAND_OVER,
                "%s; where nobody takes the listener, %s: %s".formatted(why, strategy, reason),
                group,
                strategy,
                reason);
    }

    private static StrategyChoice only(DrainStrategy strategy, String reason, ReusePortGroup group) {
        return new StrategyChoice(strategy, reason, group, strategy, reason);
    }

    private static StrategyChoice steering(String reason, ReusePortGroup group) {
        group.detachLeftover(); // At once: it may be giving us all connections, or none.
        return only(DrainStrategy.STEER, reason, group);
    }

    private static StrategyChoice twoPass(String reason) {
        return only(DrainStrategy.TWO_PASS, reason, ReusePortGroup.NONE);
    }

    private static StrategyChoice twoPassBecause(String reason, DrainStrategy asked) {
        if (asked != DrainStrategy.AUTO) {
            throw impossible(asked, reason, "auto, two-pass");
        }
        LOG.warn(
                "Draining in two passes, because {}. A handshake that is under way when the second pass ends is reset:"
                        + " about one connection in 10,000 under load on one machine, more over a network",
                reason);
        return twoPass(reason);
    }

    static IllegalArgumentException impossible(DrainStrategy asked, String why, String allowed) {
        return new IllegalArgumentException("drainStrategy is '%s', which cannot work here: %s; allowed here are %s"
                .formatted(asked, why, allowed));
    }
}
