package io.sluice;

import io.sluice.linux.KernelListener;
import io.sluice.linux.KernelVersion;
import io.sluice.linux.LinuxListener;
import java.io.IOException;
import java.nio.channels.ServerSocketChannel;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How one listener will drain, decided when it starts.
 *
 * @param strategy the strategy, never AUTO
 * @param reason why that one
 * @param kernel the listener's side of the kernel
 */
record StrategyChoice(DrainStrategy strategy, String reason, KernelListener kernel) {
    private static final Logger LOG = LoggerFactory.getLogger(StrategyChoice.class);

    /** Loads native code where it will be needed: not in the middle of a shutdown, nor while clients wait already. */
    static void preload(DrainStrategy asked) {
        if (asked != DrainStrategy.TWO_PASS) {
            try {
                LinuxListener.preload();
            } catch (IOException | LinkageError x) {
                LOG.debug("No native access", x); // To be told, or to fail, when the choice is made.
            }
        }
    }

    /**
     * Chooses.
     *
     * @throws IllegalArgumentException if the strategy was asked for by name and cannot work here
     */
    static StrategyChoice of(DrainStrategy asked, boolean reusePort, ServerSocketChannel channel) {
        if (asked == DrainStrategy.TWO_PASS) {
            return new StrategyChoice(DrainStrategy.TWO_PASS, "as configured", KernelListener.NONE);
        }
        LinuxListener listener;
        try {
            listener = LinuxListener.of(channel);
        } catch (IOException x) {
            return withoutKernel(asked, x.getMessage());
        } catch (LinkageError x) { // JNA is not there.
            return withoutKernel(asked, "no native access: " + x);
        }
        String noSteering = obstacleToSteering(listener, reusePort);
        return switch (asked) {
            case GATE -> new StrategyChoice(DrainStrategy.GATE, "as configured", listener);
            case STEER -> {
                if (noSteering != null) {
                    throw impossible(asked, noSteering, "auto, gate, two-pass");
                }
                yield steering(listener, "as configured, " + kernelSafety());
            }
            default -> {
                if (noSteering != null) {
                    yield new StrategyChoice(DrainStrategy.GATE, noSteering, listener);
                }
                yield isKernelSafe()
                        ? steering(listener, kernelSafety())
                        : new StrategyChoice(DrainStrategy.GATE, kernelSafety(), listener);
            }
        };
    }

    private static StrategyChoice steering(LinuxListener listener, String reason) {
        listener.detachLeftover(Duration.ZERO); // At once: it may be giving us all connections, or none.
        return new StrategyChoice(DrainStrategy.STEER, reason, listener);
    }

    private static StrategyChoice withoutKernel(DrainStrategy asked, String why) {
        if (asked != DrainStrategy.AUTO) {
            throw impossible(asked, why, "auto, two-pass");
        }
        LOG.warn(
                "Draining in two passes, because {}. A handshake that is under way when the second pass ends is reset:"
                        + " about one connection in 10,000 under load on one machine, more over a network",
                why);
        return new StrategyChoice(DrainStrategy.TWO_PASS, why, KernelListener.NONE);
    }

    private static String obstacleToSteering(LinuxListener listener, boolean reusePort) {
        if (!reusePort) {
            return "reusePort is false, so that there is no group to steer to";
        }
        return listener.maySteer() ? null : "the kernel refuses reuseport programs";
    }

    private static boolean isKernelSafe() {
        return KernelVersion.current().isKnownSafe();
    }

    private static String kernelSafety() {
        return "kernel %s is%s known to have the fix of CVE-2026-52910"
                .formatted(KernelVersion.current().release(), isKernelSafe() ? "" : " not");
    }

    private static IllegalArgumentException impossible(DrainStrategy asked, String why, String allowed) {
        return new IllegalArgumentException("drainStrategy is '%s', which cannot work here: %s; allowed here are %s"
                .formatted(asked, why, allowed));
    }
}
