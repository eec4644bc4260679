package io.sluice.internal.listen;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A thread that hangs in an accept; a channel that blocks stands for a listener whose O_NONBLOCK another has cleared. */
@Timeout(20)
class NudgeTest {
    private ServerSocketChannel channel;

    @BeforeEach
    void open() throws IOException {
        channel = ServerSocketChannel.open();
    }

    @AfterEach
    void close() throws IOException {
        channel.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "0.0.0.0", "::"})
    void anAcceptThatBlocksEnds(String address) throws Exception {
        channel.bind(new InetSocketAddress(address, 0));
        Nudge nudge = new Nudge(channel);
        CompletableFuture<SocketChannel> accept = CompletableFuture.supplyAsync(this::accept);
        nudge.send();

        try (SocketChannel accepted = accept.get()) {
            assertTrue(nudge.isOurs(accepted));
        }
        try (SocketChannel client = SocketChannel.open(
                        new InetSocketAddress("127.0.0.1", channel.socket().getLocalPort()));
                SocketChannel accepted = channel.accept()) {
            assertTrue(client.isConnected());
            assertFalse(nudge.isOurs(accepted));
        }
    }

    private SocketChannel accept() {
        try {
            return channel.accept();
        } catch (IOException x) {
            throw new AssertionError(x);
        }
    }
}
