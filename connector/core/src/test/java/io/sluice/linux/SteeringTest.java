package io.sluice.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.channels.ServerSocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Several listeners of ours in one group, with the running kernel. */
@Timeout(60)
@EnabledOnOs(OS.LINUX)
class SteeringTest {
    private static final int CONNECTIONS = 100;
    private static final Duration LONG = Duration.ofSeconds(10);

    static Stream<Arguments> groups() {
        return Stream.of(
                Arguments.of(3, List.of(0, 1)), // The only other is the one that moves.
                Arguments.of(3, List.of(1, 2)),
                Arguments.of(3, List.of(0, 2)),
                Arguments.of(4, List.of(0, 1)), // One of the others moves.
                Arguments.of(4, List.of(0, 3)), // One of ours moves.
                Arguments.of(5, List.of(0, 1, 2, 3)),
                Arguments.of(8, List.of(1, 2, 6, 7)),
                Arguments.of(8, List.of(7, 3, 0)),
                Arguments.of(64, List.of(5, 6, 7, 8)));
    }

    /** While they leave one after the other, none of ours gets a connection. */
    @ParameterizedTest
    @MethodSource("groups")
    void noneOfOursGetsAConnection(int size, List<Integer> ours) throws IOException {
        try (ReusePortGroup group = new ReusePortGroup(ReusePortGroup.Bound.IPV4_LOOPBACK, size)) {
            List<ServerSocketChannel> channels =
                    new ArrayList<>(ours.stream().map(group::member).toList());
            List<LinuxListener> listeners = new ArrayList<>(LinuxListener.of(channels));
            assertTrue(listeners.stream().allMatch(listener -> listener.takeTurn(LONG)));
            probe(group, channels, listeners);
            assertTrue(listeners.stream().allMatch(KernelListener::steer));
            assertNothingArrivesAt(channels, group);

            while (!listeners.isEmpty()) {
                listeners.remove(0).leave();
                group.leave(channels.remove(0));
                assertNothingArrivesAt(channels, group);
            }

            int[] arrived = connect(group);
            assertTrue(
                    size > 8 || Arrays.stream(arrived).allMatch(count -> count > 0),
                    () -> "one of the others is left out: " + Arrays.toString(arrived));
        }
    }

    /** Ours alone are no group to steer to. */
    @Test
    void noTurnWithoutOthers() throws IOException {
        try (ReusePortGroup group = new ReusePortGroup(ReusePortGroup.Bound.DUAL_STACK, 3)) {
            List<LinuxListener> ours = LinuxListener.of(List.of(group.member(0), group.member(1), group.member(2)));
            assertEquals(3, ours.get(0).members());
            assertFalse(ours.get(0).takeTurn(LONG));
        }
    }

    /** Ours share a turn; others wait for it until we give it back. */
    @Test
    void oursHaveOneTurn() throws IOException {
        try (ReusePortGroup group = new ReusePortGroup(ReusePortGroup.Bound.IPV4_LOOPBACK, 3)) {
            List<LinuxListener> ours = LinuxListener.of(List.of(group.member(0), group.member(1)));
            LinuxListener other = LinuxListener.of(List.of(group.member(2))).get(0);

            assertTrue(ours.get(0).takeTurn(LONG));
            assertTrue(ours.get(1).takeTurn(Duration.ZERO));
            assertFalse(other.takeTurn(Duration.ZERO));

            ours.get(1).endTurn();
            assertTrue(other.takeTurn(Duration.ZERO));
            other.endTurn();
        }
    }

    /** The probe of one of ours has not come: nothing is steered yet. */
    @Test
    void allIndexesMustBeKnown() throws IOException {
        try (ReusePortGroup group = new ReusePortGroup(ReusePortGroup.Bound.IPV4_LOOPBACK, 3)) {
            List<LinuxListener> ours = LinuxListener.of(List.of(group.member(0), group.member(1)));
            ours.get(0).probe();
            group.accept(3, (member, probe) -> {
                assertEquals(member == 0, member == 0 && ours.get(0).isProbe(probe.getRemoteAddress()));
                probe.close();
            });

            assertFalse(ours.get(0).steer());
            assertFalse(ours.get(1).steer());

            assertTrue(Arrays.stream(connect(group)).allMatch(count -> count > 0), "somebody is steered around");
            ours.forEach(KernelListener::leave);
        }
    }

    private static void probe(ReusePortGroup group, List<ServerSocketChannel> channels, List<LinuxListener> listeners) {
        listeners.forEach(KernelListener::probe);
        group.accept(group.size(), (member, probe) -> {
            int ours = channels.indexOf(group.member(member));
            assertTrue(ours < 0 || listeners.get(ours).isProbe(probe.getRemoteAddress()));
            probe.close();
        });
    }

    private static void assertNothingArrivesAt(List<ServerSocketChannel> ours, ReusePortGroup group)
            throws IOException {
        int[] arrived = connect(group);
        for (ServerSocketChannel channel : ours) {
            assertEquals(0, arrived[group.indexOf(channel)], () -> "of ours too: " + Arrays.toString(arrived));
        }
    }

    private static int[] connect(ReusePortGroup group) throws IOException {
        group.connect(CONNECTIONS);
        return group.accept(CONNECTIONS);
    }
}
