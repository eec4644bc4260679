package io.sluice.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a client has not received, as the kernel tells it. */
@Timeout(20)
@EnabledOnOs(OS.LINUX)
class SendQueueTest {
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
    void anUnknownConnectionHasNoLength(String host) {
        InetSocketAddress nobody = new InetSocketAddress(host, 1);

        assertEquals(SendQueue.UNKNOWN, SendQueue.length(nobody, nobody));
    }

    private static int length(SocketChannel channel) throws IOException {
        return SendQueue.length(
                (InetSocketAddress) channel.getLocalAddress(), (InetSocketAddress) channel.getRemoteAddress());
    }
}
