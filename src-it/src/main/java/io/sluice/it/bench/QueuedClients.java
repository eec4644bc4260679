package io.sluice.it.bench;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;

/** Clients that connect and then say nothing. Within a machine they are in the accept queue when connect returns. */
final class QueuedClients implements AutoCloseable {
    private final List<SocketChannel> clients = new ArrayList<>();

    void connect(InetSocketAddress server, int count) throws IOException {
        for (int i = 0; i < count; i++) {
            clients.add(SocketChannel.open(server));
        }
    }

    @Override
    public void close() throws IOException {
        for (SocketChannel client : clients) {
            client.close();
        }
    }
}
