package io.sluice.it.net;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;

/** A process that holds connections, both ends, on loopback until its standard input ends. */
public final class EstablishedConnections {
    private EstablishedConnections() {}

    /**
     * Holds connections.
     *
     * @param args how many
     * @throws IOException if they cannot be made
     */
    public static void main(String[] args) throws IOException {
        int count = Integer.parseInt(args[0]);
        List<SocketChannel> ends = new ArrayList<>(2 * count);
        try (ServerSocketChannel listener = ServerSocketChannel.open().bind(loopback())) {
            for (int i = 0; i < count; i++) {
                ends.add(SocketChannel.open(listener.getLocalAddress()));
                ends.add(listener.accept());
            }
            System.out.printf(
                    "READY connections=%d port=%d%n", count, listener.socket().getLocalPort());
            while (System.in.read() >= 0) {}
        } finally {
            for (SocketChannel end : ends) {
                end.close();
            }
        }
    }

    /** An address of each process's own, because one address has too few client ports for all. */
    private static InetSocketAddress loopback() throws IOException {
        long pid = ProcessHandle.current().pid();
        return new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 1, (byte) (pid >> 8), (byte) pid}), 0);
    }
}
