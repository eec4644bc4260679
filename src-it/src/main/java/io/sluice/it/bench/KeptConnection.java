package io.sluice.it.bench;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;

/** Request after request on one connection. */
final class KeptConnection implements Client {
    private final SocketChannel connection;
    private final ByteBuffer request = HttpBytes.request("");
    private final ByteBuffer answer = HttpBytes.answerBuffer();

    KeptConnection(SocketChannel connection) {
        this.connection = connection;
    }

    static KeptConnection open(InetSocketAddress server) throws IOException {
        return new KeptConnection(SocketChannel.open(server));
    }

    @Override
    public void exchange() throws IOException {
        HttpBytes.send(request, connection);
        answer.clear();
        while (!HttpBytes.isWhole(answer)) {
            HttpBytes.requireRoom(answer);
            if (connection.read(answer) < 0) {
                throw new IOException("a connection that should be kept was closed");
            }
        }
        HttpBytes.requireOk(answer);
    }

    @Override
    public void close() throws IOException {
        connection.close();
    }
}
