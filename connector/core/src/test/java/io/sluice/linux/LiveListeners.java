package io.sluice.linux;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.sluice.linux.TestGroup.Bound;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;

/** Groups of listeners and what a connector sees of them; all is closed after each test. */
abstract class LiveListeners {
    private final List<AutoCloseable> toClose = new ArrayList<>();

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable closeable : toClose) {
            closeable.close();
        }
    }

    TestGroup group(Bound bound, int size) throws IOException {
        return closeAtEnd(new TestGroup(bound, size));
    }

    <T extends AutoCloseable> T closeAtEnd(T closeable) {
        toClose.add(closeable);
        return closeable;
    }

    ServerSocketChannel listen(StandardProtocolFamily family, String address, int port) throws IOException {
        return closeAtEnd(TestGroup.listen(family, new InetSocketAddress(address, port)));
    }

    /** The group, as the owner of these members sees it. */
    static LinuxReusePortGroup seenBy(ServerSocketChannel... own) throws IOException {
        return LinuxReusePortGroup.of(List.of(own), false);
    }

    static LinuxListener listener(ServerSocketChannel channel) throws IOException {
        return seenBy(channel).listener(0);
    }

    static LinuxListener listener(ServerSocketChannel channel, boolean filterAllowed) throws IOException {
        return LinuxReusePortGroup.of(List.of(channel), filterAllowed).listener(0);
    }

    SocketChannel acceptOne(TestGroup group) {
        List<SocketChannel> accepted = new ArrayList<>();
        group.accept(1, (member, connection) -> accepted.add(closeAtEnd(connection)));
        assertEquals(1, accepted.size());
        return accepted.get(0);
    }

    /** Clients whose handshakes are half-open until they send something, as TCP_DEFER_ACCEPT has it. */
    static List<SocketChannel> halfOpen(TestGroup group, Bound bound) throws IOException {
        deferAccept(group);
        List<SocketChannel> clients = new ArrayList<>();
        for (String target : bound.targets()) {
            clients.add(group.connect(target));
        }
        return clients;
    }

    static void deferAccept(TestGroup group) throws IOException {
        byte[] seconds = {30, 0, 0, 30}; // In any byte order enough.
        for (int descriptor : descriptors(group)) {
            Libc.setsockopt(descriptor, Libc.IPPROTO_TCP, Libc.TCP_DEFER_ACCEPT, seconds, seconds.length);
        }
    }

    /** The descriptors of the group's listeners. */
    static Set<Integer> descriptors(TestGroup group) throws IOException {
        Map<Long, Integer> open = OpenSockets.byInode();
        try (InetDiag diag = new InetDiag()) {
            return diag.listeners(group.family(), group.port()).stream()
                    .map(listener -> open.get(listener.inode()))
                    .collect(Collectors.toSet());
        }
    }

    static void send(SocketChannel channel, String text) throws IOException {
        channel.write(ByteBuffer.wrap(text.getBytes(US_ASCII)));
    }

    static String receive(SocketChannel channel) throws IOException {
        channel.configureBlocking(false);
        ByteBuffer received = ByteBuffer.allocate(100);
        await().pollInterval(Duration.ofMillis(5)).until(() -> channel.read(received) != 0);
        return new String(received.array(), 0, received.position(), US_ASCII);
    }
}
