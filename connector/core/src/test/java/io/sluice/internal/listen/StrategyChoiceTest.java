package io.sluice.internal.listen;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.CapturedLog;
import io.sluice.DrainStrategy;
import io.sluice.linux.Features;
import io.sluice.linux.ReusePortGroup;
import io.sluice.linux.TestFeatures;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.ServerSocketChannel;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Which strategy is chosen on which machine. */
@Timeout(20)
@EnabledOnOs(OS.LINUX)
class StrategyChoiceTest {
    private ServerSocketChannel channel;

    @BeforeEach
    void listen() throws IOException {
        channel = ServerSocketChannel.open();
        channel.setOption(StandardSocketOptions.SO_REUSEPORT, true);
        channel.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    }

    @AfterEach
    void close() throws IOException {
        channel.close();
    }

    @Test
    void autoHandsOverAndElseSteersWhereItCan() {
        assertInstead(
                DrainStrategy.STEER,
                "kernel 6.18.36 is known to have the fix of CVE-2026-52910",
                choose(DrainStrategy.AUTO, TestFeatures.all()));
    }

    @Test
    void autoElseGatesWhereTheKernelRefusesPrograms() {
        assertInstead(
                DrainStrategy.GATE,
                "the kernel refuses reuseport programs",
                choose(DrainStrategy.AUTO, TestFeatures.withoutSteering()));
    }

    @Test
    void autoElseGatesOnAKernelThatIsNotKnownToBeSafe() {
        assertInstead(
                DrainStrategy.GATE,
                "kernel 6.18.35 is not known to have the fix of CVE-2026-52910",
                choose(DrainStrategy.AUTO, TestFeatures.unsafe()));
    }

    /** Nobody else can be on the port. */
    @Test
    void autoGatesWithoutAGroup() {
        assertChoice(
                DrainStrategy.GATE,
                "reusePort is false, so that there is no group to steer to",
                StrategyChoice.of(DrainStrategy.AUTO, false, List.of(channel), TestFeatures.all()));
    }

    /** An operator may know better than we do. */
    @Test
    void steeringByNameIsTheOperatorsDecision() {
        assertChoice(
                DrainStrategy.STEER,
                "as configured, kernel 6.18.35 is not known to have the fix of CVE-2026-52910",
                choose(DrainStrategy.STEER, TestFeatures.unsafe()));
    }

    @Test
    void steeringByNameMustBePossible() {
        assertImpossible(
                "drainStrategy is 'steer', which cannot work here: the kernel refuses reuseport programs; allowed here"
                        + " are auto, gate, two-pass",
                DrainStrategy.STEER,
                TestFeatures.withoutSteering());
    }

    /** The operator of a machine without native access reads the reason once, with what it costs. */
    @Test
    void autoTakesTwoPassesWithoutNativeAccess() {
        try (CapturedLog log = new CapturedLog()) {
            assertChoice(
                    DrainStrategy.TWO_PASS,
                    "this is AIX, not Linux",
                    choose(DrainStrategy.AUTO, TestFeatures.without("this is AIX, not Linux")));

            assertEquals(1, log.alarms().size());
            assertTrue(log.alarms().get(0).contains("because this is AIX, not Linux. A handshake"));
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"STEER", "GATE"})
    void whatNeedsNativeAccessIsAnErrorWithoutIt(DrainStrategy strategy) {
        assertImpossible(
                "drainStrategy is '%s', which cannot work here: this is AIX, not Linux; allowed here are auto, two-pass"
                        .formatted(strategy),
                strategy,
                TestFeatures.without("this is AIX, not Linux"));
    }

    /** The kernel does not answer what a drain will ask: that is noticed at the start. */
    @Test
    void aKernelThatDoesNotAnswerIsWithoutNativeAccess() throws IOException {
        channel.close();
        try (CapturedLog log = new CapturedLog()) {
            assertEquals(
                    DrainStrategy.TWO_PASS,
                    choose(DrainStrategy.AUTO, TestFeatures.all()).strategy());
            assertEquals(1, log.alarms().size());
        }
    }

    /** Two passes need no native code, and load none. */
    @Test
    void twoPassAsksNothingOfTheKernel() {
        StrategyChoice choice = StrategyChoice.of(DrainStrategy.TWO_PASS, true, null);

        assertChoice(DrainStrategy.TWO_PASS, "as configured", choice);
        assertSame(ReusePortGroup.NONE, choice.group());
    }

    private StrategyChoice choose(DrainStrategy asked, Features features) {
        return StrategyChoice.of(asked, true, List.of(channel), features);
    }

    private void assertImpossible(String message, DrainStrategy asked, Features features) {
        IllegalArgumentException failure = assertThrows(IllegalArgumentException.class, () -> choose(asked, features));
        assertEquals(message, failure.getMessage());
    }

    private static void assertInstead(DrainStrategy instead, String reason, StrategyChoice choice) {
        assertChoice(
                DrainStrategy.HAND_OVER,
                "processes share the port; where nobody takes the listener, " + instead + ": " + reason,
                choice);
        assertEquals(instead, choice.instead());
        assertEquals(reason, choice.insteadReason());
    }

    private static void assertChoice(DrainStrategy strategy, String reason, StrategyChoice choice) {
        assertEquals(strategy, choice.strategy());
        assertEquals(reason, choice.reason());
    }
}
