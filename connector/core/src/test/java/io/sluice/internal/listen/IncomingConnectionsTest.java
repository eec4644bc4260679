package io.sluice.internal.listen;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.Adoption;
import io.sluice.linux.ConnectionAdopter;
import io.sluice.linux.ConnectionDescriptors;
import io.sluice.linux.ConnectionEnds;
import io.sluice.linux.Descriptor;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.eclipse.jetty.util.IO;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** Connections that another process gives us; here it is this one, which has accepted them. */
@Timeout(60)
@EnabledOnOs(OS.LINUX)
class IncomingConnectionsTest {
    private static final long PID = 4711;

    private final List<Socket> clients = new ArrayList<>();
    private final List<Descriptor> accepted = new ArrayList<>();
    private final List<AutoCloseable> toClose = new ArrayList<>();
    private final List<SocketChannel> served = new ArrayList<>();
    private final BlockingQueue<Adoption> adoptions = new LinkedBlockingQueue<>();
    private int port;

    @BeforeEach
    void acceptThree() throws IOException {
        ServerSocketChannel listener = ServerSocketChannel.open();
        toClose.add(listener);
        listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        port = ((InetSocketAddress) listener.getLocalAddress()).getPort();
        ConnectionDescriptors descriptors = new ConnectionDescriptors();
        for (int i = 0; i < 3; i++) {
            Socket client = new Socket(InetAddress.getLoopbackAddress(), port);
            clients.add(client);
            SocketChannel channel = listener.accept();
            toClose.add(channel);
            descriptors.refresh();
            accepted.add(descriptors
                    .find(new ConnectionEnds((InetSocketAddress) channel.getLocalAddress(), (InetSocketAddress)
                            channel.getRemoteAddress()))
                    .orElseThrow());
        }
    }

    @AfterEach
    void close() throws Exception {
        toClose.addAll(clients);
        toClose.addAll(served);
        for (AutoCloseable each : toClose) {
            each.close();
        }
    }

    /** What its client has reset there is nothing to serve of, which is no reason to refuse the others. */
    @Test
    void aResetConnectionIsPassedOver() throws Exception {
        clients.get(1).setSoLinger(true, 0);
        clients.get(1).close();
        try (ConnectionAdopter adopter = new ConnectionAdopter(port)) {
            Awaitility.await().until(() -> adopter.isReset(accepted.get(1)));
        }
        try (IncomingConnections incoming = incoming(this::serve)) {
            assertEquals(3, incoming.prepare(accepted));
            incoming.serve();
        }

        assertEquals(2, served.size());
        assertEquals(Adoption.ofConnections(PID, 2, 0), adoptions.poll(5, TimeUnit.SECONDS));
    }

    /** Nobody else has it any more: its client must not wait, and its loss is told. */
    @Test
    void whatCannotBeServedIsClosedAndTold() throws Exception {
        try (IncomingConnections incoming = incoming((connection, ends) -> {
            if (served.isEmpty()) {
                serve(connection, ends);
            } else {
                throw new IOException("the connector stops");
            }
        })) {
            assertEquals(3, incoming.prepare(accepted));
            toClose.forEach(IO::close); // As the process does that has given them.
            incoming.serve();
        }

        assertEquals(-1, clients.get(2).getInputStream().read());
        assertEquals(Adoption.ofConnections(PID, 1, 2), adoptions.poll(5, TimeUnit.SECONDS));
    }

    /** What it was never told to serve is still another's. */
    @Test
    void whatIsNotServedIsLeftAlone() throws Exception {
        try (IncomingConnections incoming = incoming(this::serve)) {
            assertEquals(3, incoming.prepare(accepted));
        }
        SocketChannel other = (SocketChannel) toClose.get(1);
        clients.get(0).getOutputStream().write('x');

        assertTrue(other.isOpen());
        assertEquals(1, other.read(ByteBuffer.allocate(1)));
        assertTrue(served.isEmpty() && adoptions.isEmpty());
    }

    private IncomingConnections incoming(Serving serving) throws IOException {
        OpenConnections connections = new OpenConnections() {
            @Override
            public String speak() {
                return "test";
            }

            @Override
            public void serve(SocketChannel connection, ConnectionEnds ends) throws IOException {
                serving.serve(connection, ends);
            }
        };
        return new IncomingConnections(PID, port, connections, more -> true, adoptions::add);
    }

    private void serve(SocketChannel connection, ConnectionEnds ends) {
        assertEquals(clients.get(0).getPort(), ends.local().getPort());
        served.add(connection);
    }

    private interface Serving {
        void serve(SocketChannel connection, ConnectionEnds ends) throws IOException;
    }
}
