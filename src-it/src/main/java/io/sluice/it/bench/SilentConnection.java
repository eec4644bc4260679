package io.sluice.it.bench;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;

/**
 * Connects and leaves without a word. It waits for the server to close too: clients that do not would be faster than the
 * server, and fill its accept queue.
 */
final class SilentConnection implements Client {
    private final InetSocketAddress server;
    private final ByteBuffer nothing = ByteBuffer.allocateDirect(1);

    SilentConnection(InetSocketAddress server) {
        this.server = server;
    }

    @Override
    public void exchange() throws IOException {
        try (SocketChannel connection = SocketChannel.open(server)) {
            connection.shutdownOutput();
            nothing.clear();
            if (connection.read(nothing) >= 0) {
                throw new IOException("an answer to nothing");
            }
        }
    }

    @Override
    public void close() {}
}
