package io.sluice;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.eclipse.jetty.io.AbstractConnection;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.ManagedSelector;
import org.eclipse.jetty.io.SocketChannelEndPoint;
import org.eclipse.jetty.server.ConnectionFactory;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.NetworkConnectionLimit;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.util.BufferUtil;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.VirtualThreads;
import org.eclipse.jetty.util.component.LifeCycle;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;

/** A connection is read from in the thread that opens it, without a selector in between. */
@Timeout(30)
class FirstReadTest {
    private static final int CLIENTS = 20;

    private final Map<String, Thread> openers = new ConcurrentHashMap<>();
    private final AtomicInteger elsewhere = new AtomicInteger();

    /** What has come before the connection is opened is answered there; stock Jetty has another thread do it. */
    @Test
    void whatHasComeIsAnsweredAtOnce() throws Exception {
        try (TestServer server = server().start()) {
            server.connector.setAccepting(false);
            // The first may be accepted by an acceptor that was about to look, before its request is there.
            List<TestClient> clients = TestClient.connectAndSend(server.port(), CLIENTS);
            server.connector.setAccepting(true);
            assertAnswered(clients);
        }
        assertTrue(elsewhere.get() <= 1, elsewhere + " of " + CLIENTS + " were answered by another thread");
    }

    /** Requests run in virtual threads if that is how the server is set up, the first of a connection too. */
    @Test
    @EnabledForJreRange(min = JRE.JAVA_21)
    void requestsStayInVirtualThreads() throws Exception {
        QueuedThreadPool pool = new QueuedThreadPool(20);
        pool.setVirtualThreadsExecutor(VirtualThreads.getDefaultVirtualThreadsExecutor());
        try (TestServer server = new TestServer(pool, TestServer::draining)
                .onRequest(request -> elsewhere.addAndGet(VirtualThreads.isVirtualThread() ? 0 : 1))
                .start()) {
            assertAnswered(TestClient.connectAndSend(server.port(), CLIENTS));
        }
        assertEquals(0, elsewhere.get());
    }

    /** What comes later is waited for as ever. */
    @Test
    void whatComesLaterIsAnswered() throws Exception {
        try (TestServer server = server().start()) {
            List<TestClient> clients = new ArrayList<>();
            for (int i = 0; i < CLIENTS; i++) {
                clients.add(TestClient.connect(server.port()));
            }
            assertTrue(clients.get(0).isLeftAlone(200));
            for (TestClient client : clients) {
                client.send(TestClient.GET);
            }
            assertAnswered(clients);
        }
    }

    /** A thread that is held up while it opens a connection has not read the request: it was closed as one of silence. */
    @Test
    void aConnectionThatIsBeingOpenedIsWaitedFor() throws Exception {
        CountDownLatch opening = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        try (TestServer server = new TestServer(TestServer::draining)) {
            ((DrainingServerConnector) server.connector).setKeepAliveGrace(100);
            server.connector.addBean(new Connection.Listener() {
                @Override
                public void onOpened(Connection connection) {
                    opening.countDown();
                    try {
                        goOn.await();
                    } catch (InterruptedException x) {
                        throw new IllegalStateException(x);
                    }
                }
            });
            server.start();
            TestClient client = TestClient.connect(server.port());
            client.send(TestClient.GET);
            opening.await();
            Thread stop = new Thread(() -> LifeCycle.stop(server.server));
            stop.start();

            assertTrue(client.isLeftAlone(500));
            goOn.countDown();

            assertTrue(TestClient.isAnswered(client.readToEnd()));
            stop.join();
            assertTrue(server.report().isLossless(), server.report()::toJson);
        }
    }

    /** The same, held up a moment later, when it is about to read. */
    @Test
    void aConnectionThatIsAboutToBeReadIsWaitedFor() throws Exception {
        CountDownLatch reading = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        ConnectionFactory slow = new Factory(connection -> {
            reading.countDown();
            goOn.await();
            connection.getEndPoint().fill(BufferUtil.allocate(100));
            connection.getEndPoint().write(Callback.NOOP, BufferUtil.toBuffer("ok"));
        });
        try (TestServer server = new TestServer(jetty -> new DrainingServerConnector(jetty, 1, 1, slow))) {
            ((DrainingServerConnector) server.connector).setKeepAliveGrace(100);
            ((DrainingServerConnector) server.connector).setDrainTimeout(2000); // Nobody tells that this is the answer.
            server.start();
            TestClient client = TestClient.connect(server.port());
            client.send(TestClient.GET);
            reading.await();
            Thread stop = new Thread(() -> LifeCycle.stop(server.server));
            stop.start();

            assertTrue(client.isLeftAlone(500));
            goOn.countDown();

            assertTrue(client.readToEnd().startsWith("ok"));
            stop.join();
        }
    }

    /** A connection that fails when it is read from ends; that is no failure to accept, which limits would count twice. */
    @Test
    void aConnectionThatFailsEnds() throws Exception {
        ConnectionFactory failing = new Factory(connection -> {
            throw new IllegalStateException("as a test has it");
        });
        try (TestServer server = new TestServer(jetty -> new DrainingServerConnector(jetty, 1, 1, failing))) {
            NetworkConnectionLimit limit = new NetworkConnectionLimit(100, server.connector);
            server.connector.addBean(limit);
            server.start();

            for (int i = 0; i < CLIENTS; i++) {
                assertFalse(
                        TestClient.isAnswered(TestClient.connect(server.port()).readToEnd()));
            }

            assertEquals(0, limit.getPendingNetworkConnectionCount());
            assertTrue(limit.getNetworkConnectionCount() >= 0);
        }
    }

    private TestServer server() {
        return new TestServer(OpenerConnector::new).onRequest(request -> {
            String client =
                    request.getConnectionMetaData().getRemoteSocketAddress().toString();
            if (openers.get(client) != Thread.currentThread()) {
                elsewhere.incrementAndGet();
            }
        });
    }

    private static void assertAnswered(List<TestClient> clients) throws Exception {
        for (TestClient client : clients) {
            try (client) {
                assertTrue(TestClient.isAnswered(client.readResponse()));
            }
        }
    }

    /** Remembers who opens connections. */
    private final class OpenerConnector extends DrainingServerConnector {
        private OpenerConnector(Server server) {
            super(server, 1, 1);
        }

        @Override
        protected SocketChannelEndPoint newEndPoint(SocketChannel channel, ManagedSelector selector, SelectionKey key)
                throws IOException {
            SocketChannelEndPoint endPoint = super.newEndPoint(channel, selector, key);
            openers.put(endPoint.getRemoteSocketAddress().toString(), Thread.currentThread());
            return endPoint;
        }
    }

    /** Of connections that do this when they are read from. */
    private static final class Factory extends HttpConnectionFactory {
        private final Read read;

        private Factory(Read read) {
            this.read = read;
        }

        @Override
        public Connection newConnection(Connector connector, EndPoint endPoint) {
            return new AbstractConnection(endPoint, connector.getExecutor()) {
                @Override
                public void onOpen() {
                    super.onOpen();
                    fillInterested();
                }

                @Override
                public void onFillable() {
                    try {
                        read.from(this);
                    } catch (IOException | InterruptedException x) {
                        throw new IllegalStateException(x);
                    }
                }
            };
        }
    }

    private interface Read {
        void from(Connection connection) throws IOException, InterruptedException;
    }
}
