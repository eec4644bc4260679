package io.sluice.linux;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sluice.linux.TestGroup.Bound;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The members of a group and the steering around ours, with the running kernel, over loopback. */
@Timeout(60)
@EnabledOnOs(OS.LINUX)
class LinuxReusePortGroupTest extends LiveListeners {
    private static final int CONNECTIONS = 200;
    private static final Duration LONG = Duration.ofSeconds(10);
    private static final Duration WHILE = Duration.ofMillis(300);

    static Stream<Arguments> groups() {
        return Arrays.stream(Bound.values())
                .flatMap(bound -> IntStream.of(2, 3, 8, 64).mapToObj(size -> Arguments.of(bound, size)));
    }

    /** A member that drains gets no new connection, all others do; so it stays when it has left. */
    @ParameterizedTest
    @MethodSource("groups")
    void connectionsGoToTheOtherMembers(Bound bound, int size) throws IOException {
        for (int member : size <= 8 ? IntStream.range(0, size).toArray() : new int[] {0, size / 2, size - 1}) {
            try (TestGroup group = new TestGroup(bound, size)) {
                LinuxReusePortGroup own = seenBy(group.member(member));
                assertTrue(own.tryLock(LONG));
                assertTrue(probeAndSteer(group, member, own));
                int[] arrived = connect(group);
                assertEquals(0, arrived[member], "steered around " + member + ": " + Arrays.toString(arrived));
                assertAllServe(size - 1, arrived);

                own.leave(own.listener(0));
                group.leave(member);
                own.unlock();
                assertAllServe(size - 1, connect(group));
            }
        }
    }

    /** The program that a member leaves behind gives a new one too much, or nothing, until that detaches it. */
    @ParameterizedTest
    @MethodSource("groups")
    void aNewMemberGetsItsShare(Bound bound, int size) throws IOException {
        for (int member : new int[] {0, size - 1}) {
            try (TestGroup group = new TestGroup(bound, size)) {
                LinuxReusePortGroup own = seenBy(group.member(member));
                assertTrue(probeAndSteer(group, member, own));
                own.leave(own.listener(0));
                group.leave(member);
                LinuxReusePortGroup fresh = seenBy(group.join());
                int atFresh = connect(group)[size - 1];
                assertEquals(member == size - 1 ? 0 : CONNECTIONS, atFresh);

                assertTrue(fresh.detachLeftover());

                assertAllServe(size, connect(group));
                assertArrives(group, size - 1);
            }
        }
    }

    /** The own is closed when it has left, though its channel is not yet; leaving twice is leaving once. */
    @Test
    void leavingClosesTheListener() throws IOException {
        TestGroup group = group(Bound.IPV4_LOOPBACK, 2);
        LinuxReusePortGroup first = seenBy(group.member(0));
        LinuxReusePortGroup second = seenBy(group.member(1));
        assertTrue(probeAndSteer(group, 0, first));
        first.leave(first.listener(0));
        assertTrue(group.member(0).isOpen());
        assertEquals(1, second.members());

        TestGroup other = group(Bound.IPV4_LOOPBACK, 3);
        first.leave(first.listener(0));
        group.leave(0);
        first.leave(first.listener(0));

        assertAllServe(3, connect(other));
        assertAllServe(1, connect(group));
    }

    /** Metrics look at the queue between the own's leave and the channel's close; that failed with EOPNOTSUPP. */
    @Test
    void theQueueOfAListenerThatHasLeftIsUnknown() throws IOException {
        TestGroup group = group(Bound.IPV4_LOOPBACK, 2);
        LinuxReusePortGroup own = seenBy(group.member(0));
        assertTrue(probeAndSteer(group, 0, own));
        assertEquals(0, own.listener(0).queueLength());

        own.leave(own.listener(0));

        assertTrue(group.member(0).isOpen());
        assertEquals(KernelListener.UNKNOWN, own.listener(0).queueLength());
        assertEquals(KernelListener.UNKNOWN, own.members());
    }

    /** The group grew while it was drained: the program would no longer fit, and goes. */
    @Test
    void leavingAGroupThatGrew() throws IOException {
        TestGroup group = group(Bound.IPV4_LOOPBACK, 3);
        LinuxReusePortGroup own = seenBy(group.member(0));
        assertTrue(probeAndSteer(group, 0, own));
        group.join();

        own.leave(own.listener(0));
        group.leave(0);

        assertAllServe(3, connect(group));
    }

    /** Each member gets one probe; the probes are closed with a reset, so that none of them lingers. */
    @ParameterizedTest
    @EnumSource(Bound.class)
    void probesAreReset(Bound bound) throws IOException {
        TestGroup group = group(bound, 4);
        LinuxReusePortGroup own = seenBy(group.member(2));
        List<SocketChannel> probes = new ArrayList<>();
        own.probe();
        int[] arrived = group.accept(4, (member, probe) -> {
            probes.add(probe);
            closeAtEnd(probe);
            assertTrue(member != 2 || own.listener(0).isProbe(probe.getRemoteAddress()));
        });
        assertArrayEquals(new int[] {1, 1, 1, 1}, arrived);

        assertTrue(own.steer());

        for (SocketChannel probe : probes) {
            IOException reset = assertThrows(IOException.class, () -> probe.read(ByteBuffer.allocate(1)));
            assertTrue(reset.getMessage().contains("reset"), reset.toString());
        }
    }

    /** While the probes are under way, all members go on to get connections, and those are no probes. */
    @Test
    void probingDisturbsNobody() throws IOException {
        TestGroup group = group(Bound.IPV4_LOOPBACK, 2);
        LinuxReusePortGroup own = seenBy(group.member(0));
        own.probe();
        group.connect(CONNECTIONS);
        int[] probes = new int[2];
        int[] arrived = group.accept(CONNECTIONS + 2, (member, connection) -> {
            probes[member] += own.listener(0).isProbe(connection.getRemoteAddress()) ? 1 : 0;
            connection.close();
        });
        assertArrayEquals(new int[] {1, 1}, probes);
        assertTrue(arrived[0] > 1 && arrived[1] > 1, Arrays.toString(arrived));
    }

    /** Its own probe never came: nothing is steered, and the group is left as it was. */
    @Test
    void noProbeNoSteering() throws IOException {
        TestGroup group = group(Bound.IPV4_LOOPBACK, 3);
        LinuxReusePortGroup own = seenBy(group.member(0));
        own.probe();
        group.accept(3);

        assertFalse(own.steer());

        int[] arrived = connect(group);
        assertAllServe(3, arrived);
    }

    /** A client is a probe by its port and its address, and nobody is one before the probing. */
    @Test
    void onlyProbesAreProbes() throws IOException {
        TestGroup group = group(Bound.IPV4_LOOPBACK, 2);
        LinuxReusePortGroup own = seenBy(group.member(0));
        assertFalse(own.listener(0).isProbe(new InetSocketAddress("127.0.0.1", 40_000)));
        own.probe();
        List<InetSocketAddress> probes = new ArrayList<>();
        group.accept(2, (member, probe) -> {
            probes.add((InetSocketAddress) probe.getRemoteAddress());
            probe.close();
        });
        for (InetSocketAddress probe : probes) {
            assertTrue(own.listener(0).isProbe(probe));
            assertFalse(own.listener(0).isProbe(new InetSocketAddress("127.0.0.2", probe.getPort())));
        }
        own.steer();
    }

    /** There is nobody to steer to. */
    @ParameterizedTest
    @EnumSource(Bound.class)
    void noLockForAGroupOfOne(Bound bound) throws IOException {
        LinuxReusePortGroup alone = seenBy(group(bound, 1).member(0));
        assertEquals(1, alone.members());
        assertFalse(alone.tryLock(LONG));
        assertTrue(Features.detect().obstacleToSteering().isEmpty(), "the kernel takes reuseport programs");
    }

    /** The members of one group drain one after the other. */
    @Test
    void membersDrainInTurn() throws IOException {
        TestGroup group = group(Bound.DUAL_STACK, 2);
        LinuxReusePortGroup first = seenBy(group.member(0));
        LinuxReusePortGroup second = seenBy(group.member(1));
        assertTrue(first.tryLock(Duration.ZERO));
        assertFalse(second.tryLock(Duration.ofMillis(20)));
        first.unlock();
        assertTrue(second.tryLock(Duration.ZERO));
        second.unlock();
    }

    /**
     * Both members of a group drain at the same time, and the first is gone when the second gets the lock: there is
     * nobody to steer to any more. It waited for its probe in vain, 100 ms, with the lock held.
     */
    @Test
    void aloneWhenTheLockComes() throws Exception {
        TestGroup group = group(Bound.IPV4_LOOPBACK, 2);
        LinuxReusePortGroup first = seenBy(group.member(0));
        LinuxReusePortGroup second = seenBy(group.member(1));
        assertTrue(first.tryLock(Duration.ZERO));
        CompletableFuture<Boolean> next = CompletableFuture.supplyAsync(() -> second.tryLock(LONG));
        assertThrows(TimeoutException.class, () -> next.get(WHILE.toMillis(), TimeUnit.MILLISECONDS));

        group.leave(0);
        first.unlock();

        assertFalse(next.get(LONG.toMillis(), TimeUnit.MILLISECONDS));
        LinuxReusePortGroup third = seenBy(group.join());
        assertTrue(third.tryLock(Duration.ZERO), "the lock was kept");
        third.unlock();
    }

    /** Only those count who share address, family and port: among others no connection could be steered. */
    @Test
    void onlyTheOwnGroupCounts() throws IOException {
        TestGroup group = group(Bound.IPV4_LOOPBACK, 3);
        int port = group.port();
        ServerSocketChannel otherAddress = listen(StandardProtocolFamily.INET, "127.0.0.2", port);
        listen(StandardProtocolFamily.INET, "127.0.0.2", port);
        ServerSocketChannel mapped = listen(StandardProtocolFamily.INET6, "127.0.0.1", port);
        ServerSocketChannel ipv6 = listen(StandardProtocolFamily.INET6, "::1", port);
        ServerSocketChannel ipv4Wildcard = listen(StandardProtocolFamily.INET, "0.0.0.0", port);
        ServerSocketChannel dualStack = listen(StandardProtocolFamily.INET6, "::", port);
        group(Bound.IPV4_LOOPBACK, 2); // On another port.

        assertEquals(3, seenBy(group.member(1)).members());
        assertEquals(2, seenBy(otherAddress).members());
        for (ServerSocketChannel alone : List.of(mapped, ipv6, ipv4Wildcard, dualStack)) {
            assertEquals(1, seenBy(alone).members(), alone.toString());
        }
    }

    /** A kernel without the module tcp_diag had two passes in the place of gate and steer. */
    @ParameterizedTest
    @EnumSource(Bound.class)
    void membersAreCountedWithoutInetDiag(Bound bound) throws IOException {
        TestGroup group = group(bound, 3);
        listen(StandardProtocolFamily.INET, "127.0.0.2", group.port());
        listen(StandardProtocolFamily.INET6, "127.0.0.3", group.port());
        group(bound, 2); // On another port.
        LinuxReusePortGroup own = withoutInetDiag(group.member(1));

        assertEquals(3, own.members());
        assertTrue(own.tryLock(LONG));
        assertTrue(probeAndSteer(group, 1, own));
        assertNothingArrivesAt(List.of(group.member(1)), group);
        own.leave(own.listener(0));
        group.leave(1);
        own.unlock();
        assertAllServe(2, connect(group));
    }

    /** A file does not tell those who are for IPv6 only. One counted too much leaves the others served, if not evenly. */
    @Test
    void whoOnlyLooksLikeAMemberDoesNoHarm() throws IOException {
        TestGroup group = group(Bound.DUAL_STACK, 3);
        LinuxReusePortGroup own = LinuxReusePortGroup.of(List.of(group.member(1)), false, (family, port) -> {
            List<InetDiag.Entry> all = new ArrayList<>(ProcListeners.read(family, port));
            InetDiag.Entry one = all.get(0);
            all.add(new InetDiag.Entry(family, one.localAddress(), port, 0, one.uid(), 1, false));
            return all;
        });
        assertEquals(4, own.members());

        own.probe();
        group.accept(4, (member, probe) -> {
            assertTrue(member != 1 || own.listener(0).isProbe(probe.getRemoteAddress()));
            probe.close();
        });

        assertTrue(own.steer());
        int[] arrived = connect(group);
        assertTrue(arrived[1] < CONNECTIONS / 4, "steered badly: " + Arrays.toString(arrived)); // 1/9 on average.
        assertTrue(arrived[0] > 0 && arrived[2] > 0, Arrays.toString(arrived));
        own.leave(own.listener(0));
        group.leave(1);
        assertAllServe(2, connect(group));
    }

    /** Each client of the port whose handshake is half-open, whichever member it is with; who is connected is not there. */
    @ParameterizedTest
    @EnumSource(Bound.class)
    void handshakesAreSeen(Bound bound) throws IOException {
        TestGroup group = group(bound, 2);
        group.connect(3);
        group.accept(3);
        LinuxReusePortGroup own = seenBy(group.member(0));
        assertEquals(Map.of(), own.handshakes().orElseThrow());

        Map<InetSocketAddress, Integer> expected = new HashMap<>();
        for (SocketChannel client : halfOpen(group, bound)) {
            expected.put((InetSocketAddress) client.getLocalAddress(), 0);
        }
        halfOpen(group(bound, 1), bound); // On another port.

        assertEquals(expected, own.handshakes().orElseThrow());
    }

    private static LinuxReusePortGroup withoutInetDiag(ServerSocketChannel own) throws IOException {
        return LinuxReusePortGroup.of(List.of(own), false, (family, port) -> {
            throw new IOException("inet_diag: the kernel answered with errno 2");
        });
    }

    /** With TCP_DEFER_ACCEPT a probe, which sends nothing, did not come back: it was waited for as a half-open handshake. */
    @ParameterizedTest
    @EnumSource(Bound.class)
    void aListenerThatDefersFindsItsIndex(Bound bound) throws IOException {
        TestGroup group = group(bound, 2);
        deferAccept(group);
        LinuxReusePortGroup own = seenBy(group.member(1));

        own.probe();

        group.accept(1, (member, probe) -> {
            assertEquals(1, member);
            assertTrue(own.listener(0).isProbe(probe.getRemoteAddress()));
            probe.close();
        });
        assertEquals(0, own.listener(0).halfOpen());
        assertTrue(own.steer());
    }

    /** A member was killed while it drained: its program starves a survivor, until the next start detaches it. */
    @ParameterizedTest
    @EnumSource(Bound.class)
    void theProgramOfACrashedMemberIsDetached(Bound bound) throws IOException {
        TestGroup group = group(bound, 2);
        assertTrue(probeAndSteer(group, 1, seenBy(group.member(1))));
        group.leave(1);
        LinuxReusePortGroup fresh = seenBy(group.join());
        int[] starved = connect(group);
        assertEquals(0, Math.min(starved[0], starved[1]), Arrays.toString(starved));

        assertTrue(fresh.detachLeftover());

        assertArrives(group, 0);
        assertArrives(group, 1);
    }

    /** A member starts while another drains: that one's program is no leftover. */
    @Test
    void theProgramOfADrainThatIsUnderWayStays() throws IOException {
        TestGroup group = group(Bound.IPV4_LOOPBACK, 3);
        LinuxReusePortGroup draining = seenBy(group.member(1));
        assertTrue(draining.tryLock(LONG));
        assertTrue(probeAndSteer(group, 1, draining));

        assertFalse(seenBy(group.member(0)).detachLeftover());

        assertEquals(0, connect(group)[1]);
        draining.unlock();
    }

    /** There is nothing to detach. */
    @Test
    void nothingToDetach() throws IOException {
        TestGroup group = group(Bound.IPV4_LOOPBACK, 2);
        LinuxReusePortGroup own = seenBy(group.member(0));
        own.detachLeftover();
        own.leave(own.listener(0));
        own.unlock();
        assertArrives(group, 0);
    }

    /** The channel was closed, and its descriptor is another's: that one's group is neither steered nor gated. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aClosedListenerTouchesNobody(boolean filter) throws IOException {
        TestGroup group = group(Bound.IPV4_LOOPBACK, 2);
        LinuxReusePortGroup closed = LinuxReusePortGroup.of(List.of(group.member(0)), filter);
        TestGroup heir = closeInTheMiddle(group, closed);

        assertFalse(closed.steer(), "steered without a own");
        closed.listener(0).dropSyns();
        closed.listener(0).dropCookieAcks();

        int[] arrived = connect(heir);
        assertTrue(Arrays.stream(arrived).allMatch(count -> count > 0), Arrays.toString(arrived));
    }

    /** The same, while the other's group is drained: its program stays. */
    @Test
    void aClosedListenerDetachesNoProgramOfAnother() throws IOException {
        TestGroup group = group(Bound.IPV4_LOOPBACK, 2);
        LinuxReusePortGroup closed = seenBy(group.member(0));
        TestGroup heir = closeInTheMiddle(group, closed);
        assertTrue(probeAndSteer(heir, 1, seenBy(heir.member(1))));

        closed.leave(closed.listener(0));
        closed.detachLeftover();

        assertEquals(0, connect(heir)[1]);
    }

    /** Whatever is asked of a own after its channel was closed, the answer is a harmless one. */
    @Test
    void aClosedListenerAnswers() throws IOException {
        TestGroup group = group(Bound.IPV4_LOOPBACK, 2);
        LinuxReusePortGroup closed = seenBy(group.member(0));
        closeInTheMiddle(group, closed);

        assertEquals(KernelListener.UNKNOWN, closed.listener(0).queueLength());
        assertEquals(KernelListener.UNKNOWN, closed.members());
        assertFalse(closed.tryLock(LONG));
        assertEquals(0, closed.listener(0).halfOpen());
        closed.probe();
        closed.unlock();
        closed.unlock();
    }

    static Stream<Arguments> ours() {
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
    @MethodSource("ours")
    void noneOfOursGetsAConnection(int size, List<Integer> ours) throws IOException {
        try (TestGroup group = new TestGroup(Bound.IPV4_LOOPBACK, size)) {
            List<ServerSocketChannel> channels =
                    new ArrayList<>(ours.stream().map(group::member).toList());
            LinuxReusePortGroup own = LinuxReusePortGroup.of(channels, false);
            assertTrue(own.tryLock(LONG));
            probe(group, channels, own);
            assertTrue(own.steer());
            assertNothingArrivesAt(channels, group);

            for (int i = 0; i < ours.size(); i++) {
                own.leave(own.listener(i));
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
    void noLockWithoutOthers() throws IOException {
        try (TestGroup group = new TestGroup(Bound.DUAL_STACK, 3)) {
            LinuxReusePortGroup ours = seenBy(group.member(0), group.member(1), group.member(2));
            assertEquals(3, ours.members());
            assertFalse(ours.tryLock(LONG));
        }
    }

    /** Ours have one lock; others wait for it until we give it back. */
    @Test
    void oursHaveOneLock() throws IOException {
        try (TestGroup group = new TestGroup(Bound.IPV4_LOOPBACK, 3)) {
            LinuxReusePortGroup ours = seenBy(group.member(0), group.member(1));
            LinuxReusePortGroup other = seenBy(group.member(2));

            assertTrue(ours.tryLock(LONG));
            assertFalse(other.tryLock(Duration.ZERO));

            ours.unlock();
            assertTrue(other.tryLock(Duration.ZERO));
            other.unlock();
        }
    }

    /** The probe of one of ours has not come: nothing is steered yet. */
    @Test
    void allIndexesMustBeKnown() throws IOException {
        try (TestGroup group = new TestGroup(Bound.IPV4_LOOPBACK, 3)) {
            LinuxReusePortGroup ours = seenBy(group.member(0), group.member(1));
            ours.probe();
            group.accept(3, (member, probe) -> {
                assertEquals(member == 0, member == 0 && ours.listener(0).isProbe(probe.getRemoteAddress()));
                probe.close();
            });

            assertFalse(ours.steer());
            assertFalse(ours.steer());

            assertTrue(Arrays.stream(connect(group)).allMatch(count -> count > 0), "somebody is steered around");
            ours.leave(ours.listener(0));
            ours.leave(ours.listener(1));
        }
    }

    /** Closes the first member between its probe and the steering, and gives its descriptor to another group. */
    private TestGroup closeInTheMiddle(TestGroup group, LinuxReusePortGroup own) throws IOException {
        own.probe();
        group.accept(2, (member, probe) -> {
            if (member == 0) {
                assertTrue(own.listener(0).isProbe(probe.getRemoteAddress()));
            }
            probe.close();
        });
        Set<Integer> descriptors = descriptors(group);
        group.leave(0);
        descriptors.removeAll(descriptors(group));
        TestGroup heir = group(Bound.IPV4_LOOPBACK, 3);
        assumeTrue(descriptors(heir).containsAll(descriptors), "the descriptor went to somebody else");
        return heir;
    }

    private static boolean probeAndSteer(TestGroup group, int member, LinuxReusePortGroup own) {
        own.probe();
        int[] probes = group.accept(group.size(), (at, probe) -> {
            assertTrue(at != member || own.listener(0).isProbe(probe.getRemoteAddress()));
            probe.close();
        });
        assertTrue(Arrays.stream(probes).allMatch(count -> count == 1), Arrays.toString(probes));
        return own.steer();
    }

    private static void probe(TestGroup group, List<ServerSocketChannel> channels, LinuxReusePortGroup own) {
        own.probe();
        group.accept(group.size(), (member, probe) -> {
            int ours = channels.indexOf(group.member(member));
            assertTrue(ours < 0 || own.listener(ours).isProbe(probe.getRemoteAddress()));
            probe.close();
        });
    }

    private static void assertNothingArrivesAt(List<ServerSocketChannel> ours, TestGroup group) throws IOException {
        int[] arrived = connect(group);
        for (ServerSocketChannel channel : ours) {
            assertEquals(0, arrived[group.indexOf(channel)], () -> "of ours too: " + Arrays.toString(arrived));
        }
    }

    /** Where fresh connections arrive. */
    private static int[] connect(TestGroup group) throws IOException {
        group.connect(CONNECTIONS);
        return group.accept(CONNECTIONS);
    }

    /** That many members got connections; in a large group some may have none of 200. */
    private static void assertAllServe(int members, int[] arrived) {
        long serving = Arrays.stream(arrived).filter(count -> count > 0).count();
        boolean all = members < 10 ? serving == members : serving > members / 2;
        assertTrue(all, serving + " of " + members + ": " + Arrays.toString(arrived));
    }

    /** The kernel's hash gives each member its share, in a large group not of every 200 connections. */
    private static void assertArrives(TestGroup group, int member) throws IOException {
        int arrived = 0;
        for (int round = 0; round < 20 && arrived == 0; round++) {
            arrived = connect(group)[member];
        }
        assertTrue(arrived > 0, "nothing arrives at " + member);
    }
}
