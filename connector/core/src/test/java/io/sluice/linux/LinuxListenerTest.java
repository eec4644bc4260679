package io.sluice.linux;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sluice.linux.TestGroup.Bound;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.eclipse.jetty.util.IO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the kernel tells of one listener, over loopback. */
@Timeout(60)
@EnabledOnOs(OS.LINUX)
class LinuxListenerTest extends LiveListeners {
    private static final int CONNECTIONS = 200;
    private static final int SMALL_BACKLOG = 4;

    /** Among many descriptors on one port each listener finds its own, which its queue tells. */
    @ParameterizedTest
    @EnumSource(Bound.class)
    void eachListenerFindsItsDescriptor(Bound bound) throws IOException {
        TestGroup group = group(bound, 8);
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
        TestGroup group = group(Bound.IPV4_LOOPBACK, 2);
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
        TestGroup group = group(Bound.IPV4_LOOPBACK, 4);
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

    /** Nobody is in the middle of a handshake; established connections do not count. */
    @ParameterizedTest
    @EnumSource(Bound.class)
    void noHalfOpenHandshakes(Bound bound) throws IOException {
        TestGroup group = group(bound, 1);
        LinuxListener listener = listener(group.member(0));
        assertEquals(0, listener.halfOpen());
        group.connect(4);
        group.accept(4);
        assertEquals(0, listener.halfOpen());
    }

    /** So that the kernel need not look for the next row among the established connections; nobody takes it for a member. */
    @Test
    void anotherRowComesBehindItsOwn() throws IOException {
        TestGroup group = group(Bound.IPV6_LOOPBACK, 1);
        ServerSocketChannel channel = group.member(0);
        int port = channel.socket().getLocalPort();
        LinuxReusePortGroup seen = seenBy(channel);
        long own = seen.listener(0).inode();
        assertEquals(List.of(own), inodes(port));

        assertEquals(0, seen.listener(0).halfOpen());

        assertEquals(2, inodes(port).size());
        assertEquals(own, inodes(port).get(0));
        assertEquals(1, seen.members());
        seen.listener(0).close();
        seen.listener(0).close(); // As a drain that fails does.
        assertEquals(List.of(own), inodes(port));
    }

    private static List<Long> inodes(int port) throws IOException {
        return ProcListeners.read(Libc.AF_INET6, port).stream()
                .map(InetDiag.Entry::inode)
                .toList();
    }

    /** Half-open handshakes are counted until they are complete and accepted. */
    @ParameterizedTest
    @EnumSource(Bound.class)
    void halfOpenHandshakesAreSeen(Bound bound) throws IOException {
        TestGroup group = group(bound, 1);
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

    private static LinuxListener find(ServerSocketChannel channel) {
        try {
            return listener(channel);
        } catch (IOException x) {
            throw new AssertionError(x);
        }
    }
}
