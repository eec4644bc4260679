package io.sluice.linux;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sluice.linux.ReusePortGroup.Bound;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
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
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.eclipse.jetty.util.IO;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** With the running kernel, over loopback. */
@Timeout(60)
@EnabledOnOs(OS.LINUX)
class LinuxListenerTest {
    private static final int CONNECTIONS = 200;
    private static final int SMALL_BACKLOG = 4;
    private static final Duration LONG = Duration.ofSeconds(10);
    private static final Duration WHILE = Duration.ofMillis(300);

    private final List<AutoCloseable> toClose = new ArrayList<>();

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable closeable : toClose) {
            closeable.close();
        }
    }

    static Stream<Arguments> groups() {
        return Arrays.stream(Bound.values())
                .flatMap(bound -> IntStream.of(2, 3, 8, 64).mapToObj(size -> Arguments.of(bound, size)));
    }

    static Stream<Arguments> gates() {
        return Arrays.stream(Bound.values())
                .flatMap(bound -> Stream.of(true, false).map(filter -> Arguments.of(bound, filter)));
    }

    /** A member that drains gets no new connection, all others do; so it stays when it has left. */
    @ParameterizedTest
    @MethodSource("groups")
    void connectionsGoToTheOtherMembers(Bound bound, int size) throws IOException {
        for (int member : size <= 8 ? IntStream.range(0, size).toArray() : new int[] {0, size / 2, size - 1}) {
            try (ReusePortGroup group = new ReusePortGroup(bound, size)) {
                LinuxListener listener = listener(group.member(member));
                assertTrue(listener.takeTurn(LONG));
                assertTrue(probeAndSteer(group, member, listener));
                int[] arrived = connect(group);
                assertEquals(0, arrived[member], "steered around " + member + ": " + Arrays.toString(arrived));
                assertAllServe(size - 1, arrived);

                listener.leave();
                group.leave(member);
                listener.endTurn();
                assertAllServe(size - 1, connect(group));
            }
        }
    }

    /** The program that a member leaves behind gives a new one too much, or nothing, until that detaches it. */
    @ParameterizedTest
    @MethodSource("groups")
    void aNewMemberGetsItsShare(Bound bound, int size) throws IOException {
        for (int member : new int[] {0, size - 1}) {
            try (ReusePortGroup group = new ReusePortGroup(bound, size)) {
                LinuxListener listener = listener(group.member(member));
                assertTrue(probeAndSteer(group, member, listener));
                listener.leave();
                group.leave(member);
                LinuxListener fresh = listener(group.join());
                int atFresh = connect(group)[size - 1];
                assertEquals(member == size - 1 ? 0 : CONNECTIONS, atFresh);

                fresh.detachLeftover(Duration.ZERO);

                assertAllServe(size, connect(group));
                assertArrives(group, size - 1);
            }
        }
    }

    /** The listener is closed when it has left, though its channel is not yet; leaving twice is leaving once. */
    @Test
    void leavingClosesTheListener() throws IOException {
        ReusePortGroup group = group(Bound.IPV4_LOOPBACK, 2);
        LinuxListener first = listener(group.member(0));
        LinuxListener second = listener(group.member(1));
        assertTrue(probeAndSteer(group, 0, first));
        first.leave();
        assertTrue(group.member(0).isOpen());
        assertEquals(1, second.members());

        ReusePortGroup other = group(Bound.IPV4_LOOPBACK, 3);
        first.leave();
        group.leave(0);
        first.leave();

        assertAllServe(3, connect(other));
        assertAllServe(1, connect(group));
    }

    /** Metrics look at the queue between the listener's leave and the channel's close; that failed with EOPNOTSUPP. */
    @Test
    void theQueueOfAListenerThatHasLeftIsUnknown() throws IOException {
        ReusePortGroup group = group(Bound.IPV4_LOOPBACK, 2);
        LinuxListener listener = listener(group.member(0));
        assertTrue(probeAndSteer(group, 0, listener));
        assertEquals(0, listener.queueLength());

        listener.leave();

        assertTrue(group.member(0).isOpen());
        assertEquals(KernelListener.UNKNOWN, listener.queueLength());
        assertEquals(KernelListener.UNKNOWN, listener.members());
    }

    /** The group grew while it was drained: the program would no longer fit, and goes. */
    @Test
    void leavingAGroupThatGrew() throws IOException {
        ReusePortGroup group = group(Bound.IPV4_LOOPBACK, 3);
        LinuxListener listener = listener(group.member(0));
        assertTrue(probeAndSteer(group, 0, listener));
        group.join();

        listener.leave();
        group.leave(0);

        assertAllServe(3, connect(group));
    }

    /** Each member gets one probe; the probes are closed with a reset, so that none of them lingers. */
    @ParameterizedTest
    @EnumSource(Bound.class)
    void probesAreReset(Bound bound) throws IOException {
        ReusePortGroup group = group(bound, 4);
        LinuxListener listener = listener(group.member(2));
        List<SocketChannel> probes = new ArrayList<>();
        listener.probe();
        int[] arrived = group.accept(4, (member, probe) -> {
            probes.add(probe);
            toClose.add(probe);
            assertTrue(member != 2 || listener.isProbe(probe.getRemoteAddress()));
        });
        assertArrayEquals(new int[] {1, 1, 1, 1}, arrived);

        assertTrue(listener.steer());

        for (SocketChannel probe : probes) {
            IOException reset = assertThrows(IOException.class, () -> probe.read(ByteBuffer.allocate(1)));
            assertTrue(reset.getMessage().contains("reset"), reset.toString());
        }
    }

    /** While the probes are under way, all members go on to get connections, and those are no probes. */
    @Test
    void probingDisturbsNobody() throws IOException {
        ReusePortGroup group = group(Bound.IPV4_LOOPBACK, 2);
        LinuxListener listener = listener(group.member(0));
        listener.probe();
        group.connect(CONNECTIONS);
        int[] probes = new int[2];
        int[] arrived = group.accept(CONNECTIONS + 2, (member, connection) -> {
            probes[member] += listener.isProbe(connection.getRemoteAddress()) ? 1 : 0;
            connection.close();
        });
        assertArrayEquals(new int[] {1, 1}, probes);
        assertTrue(arrived[0] > 1 && arrived[1] > 1, Arrays.toString(arrived));
    }

    /** Its own probe never came: nothing is steered, and the group is left as it was. */
    @Test
    void noProbeNoSteering() throws IOException {
        ReusePortGroup group = group(Bound.IPV4_LOOPBACK, 3);
        LinuxListener listener = listener(group.member(0));
        listener.probe();
        group.accept(3);

        assertFalse(listener.steer());

        int[] arrived = connect(group);
        assertAllServe(3, arrived);
    }

    /** A client is a probe by its port and its address, and nobody is one before the probing. */
    @Test
    void onlyProbesAreProbes() throws IOException {
        ReusePortGroup group = group(Bound.IPV4_LOOPBACK, 2);
        LinuxListener listener = listener(group.member(0));
        assertFalse(listener.isProbe(new InetSocketAddress("127.0.0.1", 40_000)));
        listener.probe();
        List<InetSocketAddress> probes = new ArrayList<>();
        group.accept(2, (member, probe) -> {
            probes.add((InetSocketAddress) probe.getRemoteAddress());
            probe.close();
        });
        for (InetSocketAddress probe : probes) {
            assertTrue(listener.isProbe(probe));
            assertFalse(listener.isProbe(new InetSocketAddress("127.0.0.2", probe.getPort())));
        }
        listener.steer();
    }

    /** There is nobody to steer to. */
    @ParameterizedTest
    @EnumSource(Bound.class)
    void noTurnForAGroupOfOne(Bound bound) throws IOException {
        LinuxListener alone = listener(group(bound, 1).member(0));
        assertEquals(1, alone.members());
        assertFalse(alone.takeTurn(LONG));
        assertTrue(LinuxListener.maySteer(), "the kernel takes reuseport programs");
    }

    /** The members of one group drain one after the other. */
    @Test
    void membersTakeTurns() throws IOException {
        ReusePortGroup group = group(Bound.DUAL_STACK, 2);
        LinuxListener first = listener(group.member(0));
        LinuxListener second = listener(group.member(1));
        assertTrue(first.takeTurn(Duration.ZERO));
        assertFalse(second.takeTurn(Duration.ofMillis(20)));
        first.endTurn();
        assertTrue(second.takeTurn(Duration.ZERO));
        second.endTurn();
    }

    /**
     * Both members of a group drain at the same time, and the first is gone when the turn of the second comes: there is
     * nobody to steer to any more. It waited for its probe in vain, 100 ms, with the turn held.
     */
    @Test
    void aloneWhenTheTurnComes() throws Exception {
        ReusePortGroup group = group(Bound.IPV4_LOOPBACK, 2);
        LinuxListener first = listener(group.member(0));
        LinuxListener second = listener(group.member(1));
        assertTrue(first.takeTurn(Duration.ZERO));
        CompletableFuture<Boolean> next = CompletableFuture.supplyAsync(() -> second.takeTurn(LONG));
        assertThrows(TimeoutException.class, () -> next.get(WHILE.toMillis(), TimeUnit.MILLISECONDS));

        group.leave(0);
        first.endTurn();

        assertFalse(next.get(LONG.toMillis(), TimeUnit.MILLISECONDS));
        LinuxListener third = listener(group.join());
        assertTrue(third.takeTurn(Duration.ZERO), "the turn was kept");
        third.endTurn();
    }

    /** Only those count who share address, family and port: among others no connection could be steered. */
    @Test
    void onlyTheOwnGroupCounts() throws IOException {
        ReusePortGroup group = group(Bound.IPV4_LOOPBACK, 3);
        int port = group.port();
        ServerSocketChannel otherAddress = listen(StandardProtocolFamily.INET, "127.0.0.2", port);
        listen(StandardProtocolFamily.INET, "127.0.0.2", port);
        ServerSocketChannel mapped = listen(StandardProtocolFamily.INET6, "127.0.0.1", port);
        ServerSocketChannel ipv6 = listen(StandardProtocolFamily.INET6, "::1", port);
        ServerSocketChannel ipv4Wildcard = listen(StandardProtocolFamily.INET, "0.0.0.0", port);
        ServerSocketChannel dualStack = listen(StandardProtocolFamily.INET6, "::", port);
        group(Bound.IPV4_LOOPBACK, 2); // On another port.

        assertEquals(3, listener(group.member(1)).members());
        assertEquals(2, listener(otherAddress).members());
        for (ServerSocketChannel alone : List.of(mapped, ipv6, ipv4Wildcard, dualStack)) {
            assertEquals(1, listener(alone).members(), alone.toString());
        }
    }

    /** Among many descriptors on one port each listener finds its own, which its queue tells. */
    @ParameterizedTest
    @EnumSource(Bound.class)
    void eachListenerFindsItsDescriptor(Bound bound) throws IOException {
        ReusePortGroup group = group(bound, 8);
        List<LinuxListener> listeners = new ArrayList<>();
        for (int member = 0; member < group.size(); member++) {
            listeners.add(listener(group.member(member)));
        }
        group.connect(CONNECTIONS);
        await().until(() ->
                listeners.stream().mapToInt(LinuxListener::queueLength).sum() == CONNECTIONS);
        int[] queued = listeners.stream().mapToInt(LinuxListener::queueLength).toArray();

        assertArrayEquals(queued, group.accept(CONNECTIONS));

        assertArrayEquals(
                new int[8],
                listeners.stream().mapToInt(LinuxListener::queueLength).toArray());
    }

    /** Finding the descriptor leaves the channel's options as they were. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void theOptionsStay(boolean reuseAddress) throws IOException {
        ReusePortGroup group = group(Bound.IPV4_LOOPBACK, 2);
        for (int member = 0; member < 2; member++) {
            group.member(member).setOption(StandardSocketOptions.SO_REUSEADDR, reuseAddress);
        }
        listener(group.member(0));
        for (int member = 0; member < 2; member++) {
            assertEquals(reuseAddress, group.member(member).getOption(StandardSocketOptions.SO_REUSEADDR));
        }
    }

    /** Several servers of one JVM that start at the same moment on one port all find their descriptors. */
    @Test
    void listenersFoundAtTheSameTime() throws IOException {
        ReusePortGroup group = group(Bound.IPV4_LOOPBACK, 4);
        for (int round = 0; round < 50; round++) {
            List<CompletableFuture<LinuxListener>> found = IntStream.range(0, 4)
                    .mapToObj(member -> CompletableFuture.supplyAsync(() -> find(group.member(member))))
                    .toList();
            found.forEach(CompletableFuture::join);
        }
    }

    /** A channel that is closed has no descriptor. */
    @Test
    void aClosedChannelIsNotFound() throws IOException {
        ServerSocketChannel channel = group(Bound.IPV4_LOOPBACK, 1).member(0);
        channel.close();
        assertThrows(IOException.class, () -> listener(channel));
    }

    /** The gate drops new SYNs without an answer; connections from before carry data in both directions. */
    @ParameterizedTest
    @MethodSource("gates")
    void theGateHoldsNewConnectionsBack(Bound bound, boolean filter) throws IOException {
        ReusePortGroup group = group(bound, 1);
        LinuxListener listener = gated(group, filter);
        Map<SocketChannel, SocketChannel> served = new HashMap<>();
        for (String target : bound.targets()) {
            served.put(group.connect(target), acceptOne(group));
        }
        SocketChannel queued = group.connect(bound.targets().get(0));
        await().until(() -> listener.queueLength() == 1);

        listener.gate();

        for (String target : bound.targets()) {
            SocketChannel knocking = group.tryToConnect(target);
            await().during(WHILE).until(() -> !knocking.finishConnect());
        }
        assertEquals(1, listener.queueLength());
        assertCarriesData(queued, acceptOne(group));
        for (Map.Entry<SocketChannel, SocketChannel> connection : served.entrySet()) {
            assertCarriesData(connection.getKey(), connection.getValue());
        }
    }

    /** A handshake that was under way when the gate closed is completed, and its connection carries data. */
    @ParameterizedTest
    @EnumSource(Bound.class)
    void theGateSparesHandshakes(Bound bound) throws IOException {
        ReusePortGroup group = group(bound, 1);
        LinuxListener listener = gated(group, true);
        for (SocketChannel client : halfOpen(group, bound)) {
            listener.gate();

            send(client, "a");

            SocketChannel accepted = acceptOne(group);
            assertEquals("a", receive(accepted));
            assertCarriesData(client, accepted);
        }
    }

    /** Behind a gate by minimum TTL a handshake is completed too, but its connection is deaf until it is let out. */
    @ParameterizedTest
    @EnumSource(Bound.class)
    void aConnectionFromBehindTheTtlGateIsLetOut(Bound bound) throws IOException {
        ReusePortGroup group = group(bound, 1);
        LinuxListener listener = gated(group, false);
        List<SocketChannel> clients = halfOpen(group, bound);
        listener.gate();
        List<SocketChannel> accepted = new ArrayList<>();
        for (SocketChannel client : clients) {
            send(client, "a");
            accepted.add(acceptOne(group));
            assertEquals("a", receive(accepted.get(accepted.size() - 1)));
            send(client, "b");
        }
        ByteBuffer nothing = ByteBuffer.allocate(1);
        await().during(WHILE).until(() -> accepted.get(0).read(nothing) == 0);
        group.member(0).close();

        listener.ungateAccepted();

        for (int i = 0; i < clients.size(); i++) {
            assertEquals("b", receive(accepted.get(i)));
            assertCarriesData(clients.get(i), accepted.get(i));
        }
    }

    /** A listener that is shut completes the handshakes it knows of; their connections are deaf until they are let out. */
    @ParameterizedTest
    @EnumSource(Bound.class)
    void aShutListenerSparesHandshakes(Bound bound) throws IOException {
        ReusePortGroup group = group(bound, 1);
        LinuxListener listener = gated(group, true);
        List<SocketChannel> clients = halfOpen(group, bound);
        listener.gate();
        listener.shut();
        List<SocketChannel> accepted = new ArrayList<>();
        for (SocketChannel client : clients) {
            send(client, "a");
            accepted.add(acceptOne(group));
            assertEquals("a", receive(accepted.get(accepted.size() - 1)));
        }
        group.member(0).close();

        listener.ungateAccepted();

        for (int i = 0; i < clients.size(); i++) {
            assertCarriesData(clients.get(i), accepted.get(i));
        }
    }

    /** Two servers of one JVM drain at the same time: when one lets its connections out, the other's gate holds. */
    @Test
    void lettingOutOpensNoOtherGate() throws IOException {
        ReusePortGroup group = group(Bound.IPV4_LOOPBACK, 2);
        LinuxListener first = listener(group.member(0), false);
        LinuxListener second = listener(group.member(1), false);
        first.gate();
        second.gate();
        group.leave(0);

        first.ungateAccepted();

        SocketChannel knocking = group.tryToConnect("127.0.0.1");
        await().during(WHILE).until(() -> !knocking.finishConnect());
    }

    /** Nobody is in the middle of a handshake; established connections do not count. */
    @ParameterizedTest
    @EnumSource(Bound.class)
    void noHalfOpenHandshakes(Bound bound) throws IOException {
        ReusePortGroup group = group(bound, 1);
        LinuxListener listener = listener(group.member(0));
        assertEquals(0, listener.halfOpen());
        group.connect(4);
        group.accept(4);
        assertEquals(0, listener.halfOpen());
    }

    /** Half-open handshakes are counted until they are complete and accepted. */
    @ParameterizedTest
    @EnumSource(Bound.class)
    void halfOpenHandshakesAreSeen(Bound bound) throws IOException {
        ReusePortGroup group = group(bound, 1);
        LinuxListener listener = listener(group.member(0));
        List<SocketChannel> clients = halfOpen(group, bound);
        await().untilAsserted(() -> assertEquals(clients.size(), listener.halfOpen()));

        for (SocketChannel client : clients) {
            send(client, "a");
        }

        group.accept(clients.size());
        assertEquals(0, listener.halfOpen());
    }

    /** Connections by syncookie in the queue, which hold no reference, hid as many half-open handshakes: those were reset. */
    @Test
    void syncookiesHideNoHalfOpenHandshake() throws IOException {
        assumeTrue(Sysctl.read("net/ipv4/tcp_syncookies").filter("1"::equals).isPresent(), "no syncookies");
        ServerSocketChannel channel = closeAtEnd(ServerSocketChannel.open());
        channel.bind(new InetSocketAddress("127.0.0.1", 0), SMALL_BACKLOG).configureBlocking(false);
        Descriptor.of(channel).setInt(Libc.IPPROTO_TCP, Libc.TCP_DEFER_ACCEPT, 30);
        LinuxListener listener = listener(channel);
        List<SocketChannel> clients = new ArrayList<>();
        // One more than the backlog may be half-open, and as many queued; who comes later gets a cookie.
        for (int i = 0; i < 2 * (SMALL_BACKLOG + 1); i++) {
            SocketChannel client = closeAtEnd(SocketChannel.open());
            client.configureBlocking(false);
            client.connect(channel.getLocalAddress());
            clients.add(client);
        }
        await().until(() -> listener.queueLength() == SMALL_BACKLOG + 1);

        assertTrue(listener.halfOpen() > 0);

        for (SocketChannel client : clients) {
            if (client.finishConnect()) {
                send(client, "a");
            }
        }
        await().until(() -> {
            IO.close(channel.accept());
            return listener.halfOpen() == 0;
        });
    }

    /** With TCP_DEFER_ACCEPT a probe, which sends nothing, did not come back: it was waited for as a half-open handshake. */
    @ParameterizedTest
    @EnumSource(Bound.class)
    void aListenerThatDefersFindsItsIndex(Bound bound) throws IOException {
        ReusePortGroup group = group(bound, 2);
        deferAccept(group);
        LinuxListener listener = listener(group.member(1));

        listener.probe();

        group.accept(1, (member, probe) -> {
            assertEquals(1, member);
            assertTrue(listener.isProbe(probe.getRemoteAddress()));
            probe.close();
        });
        assertEquals(0, listener.halfOpen());
        assertTrue(listener.steer());
    }

    /** With TCP_DEFER_ACCEPT clients that send nothing were waited for in vain; behind the gate they are accepted. */
    @Tag("slow")
    @ParameterizedTest
    @MethodSource("gates")
    void aListenerThatDefersAcceptsSilentClients(Bound bound, boolean filter) throws IOException {
        ReusePortGroup group = group(bound, 1);
        LinuxListener listener = gated(group, filter);
        List<SocketChannel> clients = halfOpen(group, bound);
        await().untilAsserted(() -> assertEquals(clients.size(), listener.halfOpen()));

        listener.gate();

        group.accept(clients.size());
        assertEquals(0, listener.halfOpen());
    }

    /** A member was killed while it drained: its program starves a survivor, until the next start detaches it. */
    @ParameterizedTest
    @EnumSource(Bound.class)
    void theProgramOfACrashedMemberIsDetached(Bound bound) throws IOException {
        ReusePortGroup group = group(bound, 2);
        assertTrue(probeAndSteer(group, 1, listener(group.member(1))));
        group.leave(1);
        LinuxListener fresh = listener(group.join());
        int[] starved = connect(group);
        assertEquals(0, Math.min(starved[0], starved[1]), Arrays.toString(starved));

        fresh.detachLeftover(Duration.ZERO);

        assertArrives(group, 0);
        assertArrives(group, 1);
    }

    /** A member starts while another drains: that one's program is no leftover. */
    @Test
    void theProgramOfADrainThatIsUnderWayStays() throws IOException {
        ReusePortGroup group = group(Bound.IPV4_LOOPBACK, 3);
        LinuxListener draining = listener(group.member(1));
        assertTrue(draining.takeTurn(LONG));
        assertTrue(probeAndSteer(group, 1, draining));

        listener(group.member(0)).detachLeftover(Duration.ZERO);

        assertEquals(0, connect(group)[1]);
        draining.endTurn();
    }

    /** There is nothing to detach, and nothing to release. */
    @Test
    void nothingToDetach() throws IOException {
        ReusePortGroup group = group(Bound.IPV4_LOOPBACK, 2);
        LinuxListener listener = listener(group.member(0));
        listener.detachLeftover(Duration.ZERO);
        listener.leave();
        listener.ungateAccepted();
        listener.endTurn();
        assertArrives(group, 0);
    }

    /** The channel was closed, and its descriptor is another's: that one's group is neither steered nor gated. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aClosedListenerTouchesNobody(boolean filter) throws IOException {
        ReusePortGroup group = group(Bound.IPV4_LOOPBACK, 2);
        LinuxListener closed = gated(group, filter);
        ReusePortGroup heir = closeInTheMiddle(group, closed);

        assertFalse(closed.steer(), "steered without a listener");
        closed.gate();
        closed.shut();

        int[] arrived = connect(heir);
        assertTrue(Arrays.stream(arrived).allMatch(count -> count > 0), Arrays.toString(arrived));
    }

    /** The same, while the other's group is drained: its program stays. */
    @Test
    void aClosedListenerDetachesNoProgramOfAnother() throws IOException {
        ReusePortGroup group = group(Bound.IPV4_LOOPBACK, 2);
        LinuxListener closed = listener(group.member(0));
        ReusePortGroup heir = closeInTheMiddle(group, closed);
        assertTrue(probeAndSteer(heir, 1, listener(heir.member(1))));

        closed.leave();
        closed.detachLeftover(Duration.ZERO);

        assertEquals(0, connect(heir)[1]);
    }

    /** Whatever is asked of a listener after its channel was closed, the answer is a harmless one. */
    @Test
    void aClosedListenerAnswers() throws IOException {
        ReusePortGroup group = group(Bound.IPV4_LOOPBACK, 2);
        LinuxListener closed = listener(group.member(0));
        closeInTheMiddle(group, closed);

        assertEquals(KernelListener.UNKNOWN, closed.queueLength());
        assertEquals(KernelListener.UNKNOWN, closed.members());
        assertFalse(closed.takeTurn(LONG));
        assertEquals(0, closed.halfOpen());
        closed.probe();
        closed.ungateAccepted();
        closed.endTurn();
        closed.endTurn();
    }

    /** Closes the first member between its probe and the steering, and gives its descriptor to another group. */
    private ReusePortGroup closeInTheMiddle(ReusePortGroup group, LinuxListener listener) throws IOException {
        listener.probe();
        group.accept(2, (member, probe) -> {
            if (member == 0) {
                assertTrue(listener.isProbe(probe.getRemoteAddress()));
            }
            probe.close();
        });
        Set<Integer> descriptors = descriptors(group);
        group.leave(0);
        descriptors.removeAll(descriptors(group));
        ReusePortGroup heir = group(Bound.IPV4_LOOPBACK, 3);
        assumeTrue(descriptors(heir).containsAll(descriptors), "the descriptor went to somebody else");
        return heir;
    }

    private ReusePortGroup group(Bound bound, int size) throws IOException {
        return closeAtEnd(new ReusePortGroup(bound, size));
    }

    private <T extends AutoCloseable> T closeAtEnd(T closeable) {
        toClose.add(closeable);
        return closeable;
    }

    private ServerSocketChannel listen(StandardProtocolFamily family, String address, int port) throws IOException {
        return closeAtEnd(ReusePortGroup.listen(family, new InetSocketAddress(address, port)));
    }

    private static LinuxListener listener(ServerSocketChannel channel) throws IOException {
        return LinuxListener.of(List.of(channel)).get(0);
    }

    private static LinuxListener listener(ServerSocketChannel channel, boolean filterAllowed) throws IOException {
        return LinuxListener.of(List.of(channel), filterAllowed).get(0);
    }

    private static LinuxListener gated(ReusePortGroup group, boolean filter) throws IOException {
        assumeTrue(!filter || LinuxListener.mayFilter(), "the kernel lets only CAP_NET_ADMIN attach a filter");
        return listener(group.member(0), filter);
    }

    private static boolean probeAndSteer(ReusePortGroup group, int member, LinuxListener listener) {
        listener.probe();
        int[] probes = group.accept(group.size(), (at, probe) -> {
            assertTrue(at != member || listener.isProbe(probe.getRemoteAddress()));
            probe.close();
        });
        assertTrue(Arrays.stream(probes).allMatch(count -> count == 1), Arrays.toString(probes));
        return listener.steer();
    }

    /** Where fresh connections arrive. */
    private static int[] connect(ReusePortGroup group) throws IOException {
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
    private static void assertArrives(ReusePortGroup group, int member) throws IOException {
        int arrived = 0;
        for (int round = 0; round < 20 && arrived == 0; round++) {
            arrived = connect(group)[member];
        }
        assertTrue(arrived > 0, "nothing arrives at " + member);
    }

    private SocketChannel acceptOne(ReusePortGroup group) {
        List<SocketChannel> accepted = new ArrayList<>();
        group.accept(1, (member, connection) -> accepted.add(closeAtEnd(connection)));
        assertEquals(1, accepted.size());
        return accepted.get(0);
    }

    /** Clients whose handshakes are half-open until they send something, as TCP_DEFER_ACCEPT has it. */
    private static List<SocketChannel> halfOpen(ReusePortGroup group, Bound bound) throws IOException {
        deferAccept(group);
        List<SocketChannel> clients = new ArrayList<>();
        for (String target : bound.targets()) {
            clients.add(group.connect(target));
        }
        return clients;
    }

    private static void deferAccept(ReusePortGroup group) throws IOException {
        byte[] seconds = {30, 0, 0, 30}; // In any byte order enough.
        for (int descriptor : descriptors(group)) {
            Libc.setsockopt(descriptor, Libc.IPPROTO_TCP, Libc.TCP_DEFER_ACCEPT, seconds, seconds.length);
        }
    }

    /** The descriptors of the group's listeners. */
    private static Set<Integer> descriptors(ReusePortGroup group) throws IOException {
        Map<Long, Integer> open = OpenSockets.byInode();
        try (InetDiag diag = new InetDiag()) {
            return diag.listeners(group.family(), group.port()).stream()
                    .map(listener -> open.get(listener.inode()))
                    .collect(Collectors.toSet());
        }
    }

    private static void assertCarriesData(SocketChannel one, SocketChannel other) throws IOException {
        send(one, "there");
        assertEquals("there", receive(other));
        send(other, "back");
        assertEquals("back", receive(one));
    }

    private static void send(SocketChannel channel, String text) throws IOException {
        channel.write(ByteBuffer.wrap(text.getBytes(US_ASCII)));
    }

    private static String receive(SocketChannel channel) throws IOException {
        channel.configureBlocking(false);
        ByteBuffer received = ByteBuffer.allocate(100);
        await().pollInterval(Duration.ofMillis(5)).until(() -> channel.read(received) != 0);
        return new String(received.array(), 0, received.position(), US_ASCII);
    }

    private static LinuxListener find(ServerSocketChannel channel) {
        try {
            return listener(channel);
        } catch (IOException x) {
            throw new AssertionError(x);
        }
    }
}
