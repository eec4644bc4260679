package io.sluice;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.internal.listen.SharedPort;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.StandardSocketOptions;
import java.nio.channels.ServerSocketChannel;
import java.util.List;
import org.eclipse.jetty.util.component.AbstractLifeCycle;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A successor that takes its time to start, on a port that its predecessor serves. */
@Timeout(60)
class SharedPortTest {
    private static final int CLIENTS = 40; // Half of them would meet a listener of the one that is starting.

    @Test
    void nobodyWaitsForTheStartOfASuccessor() throws Exception {
        try (TestServer old = new TestServer(TestServer::draining).start();
                StartingServer successor = new StartingServer(old.port(), TestServer::draining)) {
            assertAllAnswered(old.port());

            successor.goOn();

            assertEquals(old.port(), successor.server.port());
            old.server.stop();
            assertAllAnswered(successor.server.port());
        }
    }

    /** The test above sees what Jetty does: its connector listens before the application has started. */
    @Test
    void withJettysConnectorClientsWait() throws Exception {
        try (TestServer old = new TestServer(TestServer::stock).start();
                StartingServer successor = new StartingServer(old.port(), TestServer::stock)) {
            List<TestClient> clients = TestClient.connectAndSend(old.port(), CLIENTS);
            int waiting = 0;
            for (TestClient client : clients) {
                waiting += client.isLeftAlone(50) ? 1 : 0;
            }

            assertTrue(waiting > 0, "nobody waited");

            successor.goOn();
            clients.forEach(TestClient::close);
        }
    }

    @Test
    void nobodyIsLostWhenTheStartOfASuccessorFails() throws Exception {
        try (TestServer old = new TestServer(TestServer::draining).start();
                StartingServer successor = new StartingServer(old.port(), TestServer::draining)) {
            List<TestClient> clients = TestClient.connectAndSend(old.port(), CLIENTS);

            successor.fail();

            for (TestClient client : clients) {
                assertTrue(TestClient.isAnswered(client.readResponse()));
                client.close();
            }
        }
    }

    /** Nobody else is there to serve them: whoever comes during the start waits for its end, as with Jetty. */
    @Test
    void whoIsAloneOpensFirst() throws Exception {
        int port = freePort();
        try (StartingServer alone = new StartingServer(port, TestServer::draining);
                TestClient client = TestClient.connect(port)) {
            client.send(TestClient.GET);

            alone.goOn();

            assertTrue(TestClient.isAnswered(client.readResponse()));
        }
    }

    /** Before the application has started, as with Jetty; a port that cannot be shared will not be later. */
    @Test
    void aPortThatCannotBeSharedIsNoticedFirst() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
                TestServer server = new TestServer(TestServer::draining)) {
            boolean[] started = new boolean[1];
            server.connector.setPort(taken.getLocalPort());
            server.server.addBean(new AbstractLifeCycle() {
                @Override
                protected void doStart() {
                    started[0] = true;
                }
            });

            IOException failure = assertThrows(IOException.class, server::start);

            assertTrue(failure.getMessage().contains("without SO_REUSEPORT"), failure::getMessage);
            assertFalse(started[0]);
        }
    }

    /** The right to open it may be gone when the server has started. */
    @Test
    void aPrivilegedPortOpensFirst() throws Exception {
        try (ServerSocketChannel taken = ServerSocketChannel.open()) {
            taken.setOption(StandardSocketOptions.SO_REUSEPORT, true);
            InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), 1023);
            try {
                taken.bind(address);
            } catch (BindException x) {
                Assumptions.abort("cannot listen on " + address + ": " + x.getMessage());
            }

            assertFalse(SharedPort.isServedByAnotherProcess(address));
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private static void assertAllAnswered(int port) throws IOException {
        for (TestClient client : TestClient.connectAndSend(port, CLIENTS)) {
            assertTrue(TestClient.isAnswered(client.readResponse()));
            client.close();
        }
    }
}
