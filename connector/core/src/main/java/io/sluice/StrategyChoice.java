package io.sluice;

import io.sluice.linux.KernelListener;
import io.sluice.linux.KernelVersion;
import io.sluice.linux.LinuxListener;
import java.io.IOException;
import java.nio.channels.ServerSocketChannel;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How the listeners of one connector will drain, decided when it starts.
 *
 * @param strategy the strategy, never AUTO
 * @param reason why that one
 * @param kernels the kernel's side of each listener
 */
record StrategyChoice(DrainStrategy strategy, String reason, List<? extends KernelListener> kernels) {
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
    static StrategyChoice of(DrainStrategy asked, boolean reusePort, List<ServerSocketChannel> channels) {
        if (asked == DrainStrategy.TWO_PASS) {
            return twoPass("as configured", channels);
        }
        List<LinuxListener> listeners;
        try {
            listeners = LinuxListener.of(channels);
        } catch (IOException x) {
            return withoutKernel(asked, x.getMessage(), channels);
        } catch (LinkageError x) { // JNA is not there.
            return withoutKernel(asked, "no native access: " + x, channels);
        }
        String noSteering = obstacleToSteering(reusePort);
        return switch (asked) {
            case GATE -> new StrategyChoice(DrainStrategy.GATE, "as configured", listeners);
            case STEER -> {
                if (noSteering != null) {
                    throw impossible(asked, noSteering, "auto, gate, two-pass");
                }
                yield steering(listeners, "as configured, " + kernelSafety());
            }
            default -> {
                if (noSteering != null) {
                    yield new StrategyChoice(DrainStrategy.GATE, noSteering, listeners);
                }
                yield isKernelSafe()
                        ? steering(listeners, kernelSafety())
                        : new StrategyChoice(DrainStrategy.GATE, kernelSafety(), listeners);
            }
        };
    }

    private static StrategyChoice steering(List<LinuxListener> listeners, String reason) {
        StrategyChoice choice = new StrategyChoice(DrainStrategy.STEER, reason, listeners);
        choice.detachLeftover(Duration.ZERO); // At once: it may be giving us all connections, or none.
        return choice;
    }

    private static StrategyChoice twoPass(String reason, List<ServerSocketChannel> channels) {
        return new StrategyChoice(
                DrainStrategy.TWO_PASS, reason, Collections.nCopies(channels.size(), KernelListener.NONE));
    }

    private static StrategyChoice withoutKernel(DrainStrategy asked, String why, List<ServerSocketChannel> channels) {
        if (asked != DrainStrategy.AUTO) {
            throw impossible(asked, why, "auto, two-pass");
        }
        LOG.warn(
                "Draining in two passes, because {}. A handshake that is under way when the second pass ends is reset:"
                        + " about one connection in 10,000 under load on one machine, more over a network",
                why);
        return twoPass(why, channels);
    }

    /** See {@link KernelListener#members}. */
    int members() {
        return kernels.get(0).members();
    }

    /** See {@link KernelListener#queueLength}; the sum over all listeners. */
    int queueLength() {
        int sum = 0;
        for (KernelListener kernel : kernels) {
            int length = kernel.queueLength();
            if (length == KernelListener.UNKNOWN) {
                return KernelListener.UNKNOWN;
            }
            sum += length;
        }
        return sum;
    }

    /** See {@link KernelListener#detachLeftover}. */
    void detachLeftover(Duration bound) {
        kernels.get(0).detachLeftover(bound);
    }

    private static String obstacleToSteering(boolean reusePort) {
        if (!reusePort) {
            return "reusePort is false, so that there is no group to steer to";
        }
        return LinuxListener.maySteer() ? null : "the kernel refuses reuseport programs";
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
