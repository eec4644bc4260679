package io.sluice.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.Optional;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the kernel tells of a connection. */
@Timeout(20)
@EnabledOnOs(OS.LINUX)
class SocketStateTest {
    /** The client reads nothing for a while, and then all; an IPv4 client of a dual-stack socket too. */
    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "::1"})
    void whatIsNotReceivedIsCounted(String host) throws IOException {
        try (ServerSocketChannel listener = ServerSocketChannel.open().bind(new InetSocketAddress(0));
                SocketChannel client = SocketChannel.open(
                        new InetSocketAddress(host, listener.socket().getLocalPort()));
                SocketChannel server = listener.accept()) {
            assertEquals(0, length(server));

            server.configureBlocking(false);
            ByteBuffer bytes = ByteBuffer.allocate(64 << 20);
            while (server.write(bytes) > 0) {}

            assertTrue(length(server) > 0);
            client.configureBlocking(false);
            ByteBuffer sink = ByteBuffer.allocate(1 << 20);
            Awaitility.await().until(() -> {
                while (client.read(sink.clear()) > 0) {}
                return length(server) == 0;
            });
        }
    }

    /** It is gone, as far as anybody can tell. */
    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "::1"})
    void anUnknownConnectionHasNoState(String host) {
        InetSocketAddress nobody = new InetSocketAddress(host, 1);

        assertEquals(Optional.empty(), SocketState.of(nobody, nobody));
    }

    /** As behind a gate that is a minimum TTL. */
    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "::1"})
    void whatIsThrownAwayIsCounted(String host) throws IOException {
        try (ServerSocketChannel listener = ServerSocketChannel.open().bind(new InetSocketAddress(0));
                SocketChannel client = SocketChannel.open(
                        new InetSocketAddress(host, listener.socket().getLocalPort()))) {
            int lowestFree = Descriptor.lowestFree();
            SocketChannel server = listener.accept();
            Descriptor connection = Descriptor.ofAccepted(server, lowestFree).orElseThrow();
            assertEquals(0, state(server).dropped());

            connection.setMinTtl(Libc.AF_INET6, 255);
            client.write(ByteBuffer.allocate(1));

            Awaitility.await().until(() -> state(server).dropped() > 0);
            server.close();
        }
    }

    private static int length(SocketChannel channel) throws IOException {
        return state(channel).unacknowledged();
    }

    private static SocketState state(SocketChannel channel) throws IOException {
        return SocketState.of(
                        (InetSocketAddress) channel.getLocalAddress(), (InetSocketAddress) channel.getRemoteAddress())
                .orElseThrow();
    }
}
