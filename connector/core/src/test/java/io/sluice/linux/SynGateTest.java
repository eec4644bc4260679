package io.sluice.linux;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sluice.linux.TestGroup.Bound;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The gate of one listener, with the running kernel, over loopback. */
@Timeout(60)
@EnabledOnOs(OS.LINUX)
class SynGateTest extends LiveListeners {
    private static final Duration WHILE = Duration.ofMillis(300);

    /** What keeps SYNs away. */
    enum Means {
        FILTER,
        TTL,
        SINK
    }

    static Stream<Arguments> gates() {
        return Arrays.stream(Bound.values())
                .flatMap(bound -> Arrays.stream(Means.values()).map(means -> Arguments.of(bound, means)));
    }

    /** The gate drops new SYNs without an answer; connections from before carry data in both directions. */
    @Tag("slow")
    @ParameterizedTest
    @MethodSource("gates")
    void theGateHoldsNewConnectionsBack(Bound bound, Means means) throws IOException {
        TestGroup group = group(bound, 1);
        KernelListener listener = gated(group, means);
        Map<SocketChannel, SocketChannel> served = new HashMap<>();
        for (String target : bound.targets()) {
            served.put(group.connect(target), acceptOne(group));
        }
        SocketChannel queued = group.connect(bound.targets().get(0));
        await().until(() -> listener(group.member(0)).queueLength() == 1);

        listener.dropSyns();

        for (String target : bound.targets()) {
            SocketChannel knocking = group.tryToConnect(target);
            await().during(WHILE).until(() -> !knocking.finishConnect());
        }
        assertCarriesData(queued, accept(listener, group));
        for (Map.Entry<SocketChannel, SocketChannel> connection : served.entrySet()) {
            assertCarriesData(connection.getKey(), connection.getValue());
        }
        listener.close();
    }

    /**
     * A handshake that was under way when the gate closed is completed, and its connection carries data as soon as it is
     * accepted: not only when the gate has gone, for which others may have to be waited for.
     */
    @ParameterizedTest
    @MethodSource("gates")
    void theGateSparesHandshakes(Bound bound, Means means) throws IOException {
        TestGroup group = group(bound, 1);
        KernelListener listener = gated(group, means);
        List<SocketChannel> clients = halfOpen(group, bound);
        listener.dropSyns();
        for (SocketChannel client : clients) {
            send(client, "a");

            SocketChannel accepted = accept(listener, group);

            assertEquals("a", receive(accepted));
            assertCarriesData(client, accepted);
            assertRequiresNoTtl(accepted, bound);
        }
        listener.close();
    }

    /** The same once the last ACKs of handshakes by syncookie are dropped, which a minimum TTL does in each case. */
    @ParameterizedTest
    @MethodSource("gates")
    void aShutListenerSparesHandshakes(Bound bound, Means means) throws IOException {
        TestGroup group = group(bound, 1);
        KernelListener listener = gated(group, means);
        List<SocketChannel> clients = halfOpen(group, bound);
        listener.dropSyns();
        listener.dropCookieAcks();
        for (SocketChannel client : clients) {
            send(client, "a");

            SocketChannel accepted = accept(listener, group);

            assertEquals("a", receive(accepted));
            assertCarriesData(client, accepted);
            assertRequiresNoTtl(accepted, bound);
        }
        listener.close();
    }

    /** Another thread takes the number that the connection would have got: it is found all the same. */
    @Test
    void aConnectionIsFoundAmongOthers() throws IOException {
        TestGroup group = group(Bound.IPV4_LOOPBACK, 1);
        List<SocketChannel> accepted = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            group.connect("127.0.0.1");
            accepted.add(acceptOne(group));
        }
        for (int guess : new int[] {0, 3, 100_000}) {
            List<Integer> found = new ArrayList<>();
            for (SocketChannel connection : accepted) {
                found.add(Descriptor.ofAccepted(connection, guess).orElseThrow().fd());
            }
            assertEquals(accepted.size(), Set.copyOf(found).size());
        }
    }

    /** A client that has gone takes its descriptor's peer with it: nothing is found, and nothing fails. */
    @Test
    void aConnectionThatWasResetIsNotFound() throws IOException {
        TestGroup group = group(Bound.IPV4_LOOPBACK, 1);
        SocketChannel client = group.connect("127.0.0.1");
        SocketChannel accepted = acceptOne(group);
        client.close();

        await().until(() -> Descriptor.ofAccepted(accepted, 0).isEmpty());
    }

    /** As seen from another process, the port is deaf while the sink is there, and free when the listener is closed. */
    @Test
    void theSinkGoesWithTheListener() throws IOException {
        TestGroup group = group(Bound.DUAL_STACK, 1);
        KernelListener listener = gated(group, Means.SINK);
        listener.dropSyns();

        group.member(0).close();
        listener.close();

        assertThrows(ConnectException.class, () -> group.connect("127.0.0.1"));
        assertThrows(ConnectException.class, () -> group.connect("::1"));
    }

    /** Where each acceptor has its own listener, all of them are hidden at once, and the sink stays until the last is closed. */
    @Test
    void oneSinkIsForAllOfOurListeners() throws IOException {
        TestGroup group = group(Bound.IPV4_LOOPBACK, 3);
        LinuxReusePortGroup own =
                LinuxReusePortGroup.of(List.of(group.member(0), group.member(1), group.member(2)), false);
        own.listener(0).dropSyns();
        for (int member = 1; member < 3; member++) {
            own.listener(member).dropSyns();
        }

        for (int member = 0; member < 3; member++) {
            SocketChannel knocking = group.tryToConnect("127.0.0.1");
            await().during(WHILE).until(() -> !knocking.finishConnect());
            group.member(member).close();
            own.listener(member).close();
        }

        assertThrows(ConnectException.class, () -> group.connect("127.0.0.1"));
    }

    /** A successor that begins to listen behind the gate gets new clients; none of them comes to us. */
    @Test
    void aSuccessorOfAHiddenListenerIsFound() throws IOException {
        TestGroup group = group(Bound.IPV4_LOOPBACK, 1);
        KernelListener listener = gated(group, Means.SINK);
        listener.dropSyns();
        group.join();
        List<SocketChannel> clients = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            clients.add(group.tryToConnect("127.0.0.1"));
        }
        List<Integer> members = new ArrayList<>();
        await().until(() -> {
            group.accept(0, (member, connection) -> {
                members.add(member);
                connection.close();
            });
            return members.size() > 5; // Of those that the sink has not taken.
        });
        assertEquals(Set.of(1), Set.copyOf(members));
        listener.close();
    }

    /** In a group with others a listener cannot be hidden, because the group is found through them. */
    @Test
    void aListenerWithNeighboursIsNotHidden() throws IOException {
        TestGroup group = group(Bound.IPV4_LOOPBACK, 2);
        LinuxListener listener = listener(group.member(0), false);

        listener.dropSyns();

        assertEquals(255, Descriptor.of(group.member(0)).getInt(Libc.IPPROTO_IP, Libc.IP_MINTTL));
        assertEquals(0, Descriptor.of(group.member(0)).getInt(Libc.SOL_SOCKET, Libc.SO_BINDTOIFINDEX));
    }

    /** A port that is not shared has no room for a sink: the gate is one by TTL. */
    @Test
    void aListenerThatDoesNotShareItsPortIsNotHidden() throws IOException {
        ServerSocketChannel channel = closeAtEnd(ServerSocketChannel.open());
        channel.bind(new InetSocketAddress("127.0.0.1", 0)).configureBlocking(false);
        LinuxListener listener = listener(channel, false);

        listener.dropSyns();

        assertEquals(255, Descriptor.of(channel).getInt(Libc.IPPROTO_IP, Libc.IP_MINTTL));
        assertEquals(0, Descriptor.of(channel).getInt(Libc.SOL_SOCKET, Libc.SO_BINDTOIFINDEX));
    }

    /** With TCP_DEFER_ACCEPT clients that send nothing were waited for in vain; behind the gate they are accepted. */
    @Tag("slow")
    @ParameterizedTest
    @MethodSource("gates")
    void aListenerThatDefersAcceptsSilentClients(Bound bound, Means means) throws IOException {
        assumeTrue(means != Means.TTL, "takes a listener with neighbours, which share the clients");
        TestGroup group = group(bound, 1);
        KernelListener listener = gated(group, means);
        List<SocketChannel> clients = halfOpen(group, bound);
        await().untilAsserted(() -> assertEquals(clients.size(), listener.halfOpen()));

        listener.dropSyns();

        group.accept(clients.size());
        assertEquals(0, listener.halfOpen());
    }

    /** A listener that nobody shares the port with; how it drops SYNs is not its own choice here. */
    private static KernelListener gated(TestGroup group, Means means) throws IOException {
        assumeTrue(
                means != Means.FILTER || Features.detect().mayFilter(),
                "the kernel lets only CAP_NET_ADMIN attach a filter");
        return means == Means.TTL
                ? new TtlGate(new SynGate(Descriptor.of(group.member(0)), false))
                : listener(group.member(0), means == Means.FILTER);
    }

    /** Without the group, which would hide the listener. */
    private record TtlGate(SynGate gate) implements KernelListener {
        @Override
        public void dropSyns() {
            gate.dropSyns();
        }

        @Override
        public void dropCookieAcks() {
            gate.dropCookieAcks();
        }

        @Override
        public SocketChannel accept(ServerSocketChannel channel) throws IOException {
            return gate.accept(channel);
        }
    }

    private SocketChannel accept(KernelListener listener, TestGroup group) {
        SocketChannel[] accepted = new SocketChannel[1];
        await().pollInterval(Duration.ofMillis(2)).until(() -> {
            accepted[0] = listener.accept(group.member(0));
            return accepted[0] != null;
        });
        return closeAtEnd(accepted[0]);
    }

    private static void assertRequiresNoTtl(SocketChannel accepted, Bound bound) throws IOException {
        Descriptor connection = Descriptor.ofAccepted(accepted, 0).orElseThrow();
        assertEquals(0, connection.getInt(Libc.IPPROTO_IP, Libc.IP_MINTTL));
        assertEquals(0, connection.getInt(Libc.SOL_SOCKET, Libc.SO_BINDTOIFINDEX));
        if (connection.family() == Libc.AF_INET6) {
            assertEquals(0, connection.getInt(Libc.IPPROTO_IPV6, Libc.IPV6_MINHOPCOUNT), bound.toString());
        }
    }

    private static void assertCarriesData(SocketChannel one, SocketChannel other) throws IOException {
        send(one, "there");
        assertEquals("there", receive(other));
        send(other, "back");
        assertEquals("back", receive(one));
    }
}
