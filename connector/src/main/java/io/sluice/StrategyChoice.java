package io.sluice;

import io.sluice.linux.KernelListener;
import io.sluice.linux.KernelVersion;
import io.sluice.linux.LinuxListener;
import java.io.IOException;
import java.nio.channels.ServerSocketChannel;
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

    /**
     * Chooses. Loads native code where it is needed, so that the middle of a shutdown does not have to.
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
        } catch (IOException | LinkageError x) {
            return withoutKernel(asked, x);
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
        listener.detachLeftover();
        return new StrategyChoice(DrainStrategy.STEER, reason, listener);
    }

    private static StrategyChoice withoutKernel(DrainStrategy asked, Throwable cause) {
        if (asked != DrainStrategy.AUTO) {
            throw impossible(asked, String.valueOf(cause.getMessage()), "auto, two-pass");
        }
        LOG.warn(
                "Draining in two passes, because {}. A handshake that is under way when the second pass ends is reset:"
                        + " about one connection in 10,000 under load on one machine, more over a network",
                cause.getMessage());
        return new StrategyChoice(DrainStrategy.TWO_PASS, cause.getMessage(), KernelListener.NONE);
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
