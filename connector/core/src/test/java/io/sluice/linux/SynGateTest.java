package io.sluice.linux;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sluice.linux.TestGroup.Bound;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The gate of one listener, with the running kernel, over loopback. */
@Timeout(60)
@EnabledOnOs(OS.LINUX)
class SynGateTest extends LiveListeners {
    private static final Duration WHILE = Duration.ofMillis(300);

    static Stream<Arguments> gates() {
        return Arrays.stream(Bound.values())
                .flatMap(bound -> Stream.of(true, false).map(filter -> Arguments.of(bound, filter)));
    }

    /** The gate drops new SYNs without an answer; connections from before carry data in both directions. */
    @Tag("slow")
    @ParameterizedTest
    @MethodSource("gates")
    void theGateHoldsNewConnectionsBack(Bound bound, boolean filter) throws IOException {
        TestGroup group = group(bound, 1);
        LinuxListener listener = gated(group, filter);
        Map<SocketChannel, SocketChannel> served = new HashMap<>();
        for (String target : bound.targets()) {
            served.put(group.connect(target), acceptOne(group));
        }
        SocketChannel queued = group.connect(bound.targets().get(0));
        await().until(() -> listener.queueLength() == 1);

        listener.dropSyns();

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
        TestGroup group = group(bound, 1);
        LinuxListener listener = gated(group, true);
        for (SocketChannel client : halfOpen(group, bound)) {
            listener.dropSyns();

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
        TestGroup group = group(bound, 1);
        LinuxListener listener = gated(group, false);
        List<SocketChannel> clients = halfOpen(group, bound);
        listener.dropSyns();
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

        listener.releaseAccepted();

        for (int i = 0; i < clients.size(); i++) {
            assertEquals("b", receive(accepted.get(i)));
            assertCarriesData(clients.get(i), accepted.get(i));
        }
    }

    /** A listener that is shut completes the handshakes it knows of; their connections are deaf until they are let out. */
    @ParameterizedTest
    @EnumSource(Bound.class)
    void aShutListenerSparesHandshakes(Bound bound) throws IOException {
        TestGroup group = group(bound, 1);
        LinuxListener listener = gated(group, true);
        List<SocketChannel> clients = halfOpen(group, bound);
        listener.dropSyns();
        listener.dropCookieAcks();
        List<SocketChannel> accepted = new ArrayList<>();
        for (SocketChannel client : clients) {
            send(client, "a");
            accepted.add(acceptOne(group));
            assertEquals("a", receive(accepted.get(accepted.size() - 1)));
        }
        group.member(0).close();

        listener.releaseAccepted();

        for (int i = 0; i < clients.size(); i++) {
            assertCarriesData(clients.get(i), accepted.get(i));
        }
    }

    /** Two servers of one JVM drain at the same time: when one lets its connections out, the other's gate holds. */
    @Test
    void lettingOutOpensNoOtherGate() throws IOException {
        TestGroup group = group(Bound.IPV4_LOOPBACK, 2);
        LinuxListener first = listener(group.member(0), false);
        LinuxListener second = listener(group.member(1), false);
        first.dropSyns();
        second.dropSyns();
        group.leave(0);

        first.releaseAccepted();

        SocketChannel knocking = group.tryToConnect("127.0.0.1");
        await().during(WHILE).until(() -> !knocking.finishConnect());
    }

    /** With TCP_DEFER_ACCEPT clients that send nothing were waited for in vain; behind the gate they are accepted. */
    @Tag("slow")
    @ParameterizedTest
    @MethodSource("gates")
    void aListenerThatDefersAcceptsSilentClients(Bound bound, boolean filter) throws IOException {
        TestGroup group = group(bound, 1);
        LinuxListener listener = gated(group, filter);
        List<SocketChannel> clients = halfOpen(group, bound);
        await().untilAsserted(() -> assertEquals(clients.size(), listener.halfOpen()));

        listener.dropSyns();

        group.accept(clients.size());
        assertEquals(0, listener.halfOpen());
    }

    private static LinuxListener gated(TestGroup group, boolean filter) throws IOException {
        assumeTrue(!filter || Features.detect().mayFilter(), "the kernel lets only CAP_NET_ADMIN attach a filter");
        return listener(group.member(0), filter);
    }

    private static void assertCarriesData(SocketChannel one, SocketChannel other) throws IOException {
        send(one, "there");
        assertEquals("there", receive(other));
        send(other, "back");
        assertEquals("back", receive(one));
    }
}
