package io.sluice.it.bench;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;

/** One request on each connection. The server closes it, so that client ports are free again at once. */
final class ShortConnection implements Client {
    private final InetSocketAddress server;
    private final ByteBuffer request = HttpBytes.request("Connection: close\r\n");
    private final ByteBuffer answer = HttpBytes.answerBuffer();

    ShortConnection(InetSocketAddress server) {
        this.server = server;
    }

    @Override
    public void exchange() throws IOException {
        try (SocketChannel connection = SocketChannel.open(server)) {
            HttpBytes.send(request, connection);
            answer.clear();
            while (connection.read(answer) >= 0) {
                HttpBytes.requireRoom(answer);
            }
            HttpBytes.requireOk(answer);
        }
    }

    @Override
    public void close() {}
}
