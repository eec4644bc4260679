package io.sluice;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.Http2Client.Stream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.eclipse.jetty.io.ManagedSelector;
import org.eclipse.jetty.io.SocketChannelEndPoint;
import org.eclipse.jetty.server.ConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.thread.Scheduler;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a subclass of ServerConnector may do: make endpoints of its own, which the connector here has never heard of. */
@Timeout(20)
class LegalSubclassTest {
    private static final int QUEUED = 20;

    private final AtomicLong bytesIn = new AtomicLong();
    private final AtomicLong bytesOut = new AtomicLong();

    @BeforeAll
    static void makeCertificate(@TempDir Path directory) throws Exception {
        Http1Surroundings.makeCertificate(directory);
        Http2Surroundings.makeCertificate(directory);
    }

    /** Requests are served, through the endpoint of the subclass. */
    @ParameterizedTest
    @EnumSource
    void requestsAreServed(Http1Surroundings surroundings) throws Exception {
        try (TestServer server = server(surroundings.factories()).start();
                TestClient client = surroundings.connect(server)) {
            for (int i = 0; i < 3; i++) {
                client.send(TestClient.GET);
                assertTrue(TestClient.isAnswered(client.readResponse()));
            }
            assertTrue(bytesIn.get() >= 3 * TestClient.GET.length(), () -> bytesIn + " bytes were counted");
            assertTrue(bytesOut.get() >= 3 * "HTTP/1.1 200 OK".length(), () -> bytesOut + " bytes were counted");
        }
    }

    /** A request in flight when the server stops is answered, and told to close. */
    @ParameterizedTest
    @EnumSource
    void aRequestInFlightIsAnswered(Http1Surroundings surroundings) throws Exception {
        CountDownLatch serving = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        try (TestServer server = server(surroundings.factories())) {
            server.onRequest(request -> {
                serving.countDown();
                goOn.await();
            });
            server.start();
            TestClient client = surroundings.connect(server);
            client.send(TestClient.GET);
            serving.await();
            Stopping stopping = QuietStop.beyondTheGrace(server);
            goOn.countDown();

            QuietStop.assertAnsweredWithClose(client.readToEnd());
            QuietStop.assertEnded(stopping, server);
            assertEquals(1, server.report().answered(), server.report().toJson());
        }
    }

    /** Streams of HTTP/2, before the drain and in it. */
    @ParameterizedTest
    @EnumSource(names = {"CLEAR_TEXT", "TLS"})
    void streamsAreAnswered(Http2Surroundings surroundings) throws Exception {
        CountDownLatch serving = new CountDownLatch(2);
        CountDownLatch goOn = new CountDownLatch(1);
        ConnectionFactory[] factories = surroundings == Http2Surroundings.TLS
                ? Http1Surroundings.ALPN.factories()
                : Http1Surroundings.BESIDE_HTTP_2.factories();
        try (TestServer server = server(factories)) {
            server.onRequest(request -> {
                serving.countDown();
                if (serving.getCount() == 0) {
                    goOn.await();
                }
            });
            server.start();
            Http2Client client = surroundings.connect(server.port());
            Stream before = client.get();
            client.readUntil(before::isComplete);
            Stream inFlight = client.get();
            serving.await();
            Stopping stopping = QuietStop.beyondTheGrace(server);
            goOn.countDown();
            client.readToEnd();

            assertTrue(before.isAnswered() && inFlight.isAnswered(), client::toString);
            QuietStop.assertEnded(stopping, server);
        }
    }

    /** Whoever waits in the accept queue is answered. */
    @ParameterizedTest
    @EnumSource(names = {"CLEAR_TEXT", "BESIDE_HTTP_2"})
    void whoIsInTheAcceptQueueIsAnswered(Http1Surroundings surroundings) throws Exception {
        try (TestServer server = server(surroundings.factories()).start()) {
            server.connector.setAccepting(false);
            List<TestClient> clients = TestClient.connectAndSend(server.port(), QUEUED);
            Stopping stopping = Stopping.server(server);

            for (TestClient client : clients) {
                QuietStop.assertAnsweredWithClose(client.readToEnd());
            }
            QuietStop.assertEnded(stopping, server);
            assertEquals(QUEUED, server.report().answered(), server.report().toJson());
        }
    }

    /** An idle client, one that has said nothing yet, and one that has sent an empty line end with the grace. */
    @ParameterizedTest
    @EnumSource
    void idleConnectionsEndWithTheGrace(Http1Surroundings surroundings) throws Exception {
        try (TestServer server = server(surroundings.factories()).start();
                TestClient idle = surroundings.connect(server);
                TestClient emptyLine = surroundings.connect(server);
                TestClient silent = TestClient.connect(server.port())) {
            idle.send(TestClient.GET);
            assertTrue(TestClient.isAnswered(idle.readResponse()));
            emptyLine.send("\r\n");

            QuietStop.assertEndsWithTheGrace(server);

            assertEquals("", idle.readToEnd());
            assertEquals("", emptyLine.readToEnd());
            assertEquals("", silent.readToEnd());
            assertEquals(3, server.report().idleClosed(), server.report().toJson());
        }
    }

    /** Half a request is waited for. */
    @ParameterizedTest
    @EnumSource(names = {"CLEAR_TEXT", "TLS"})
    void halfARequestIsWaitedFor(Http1Surroundings surroundings) throws Exception {
        try (TestServer server = server(surroundings.factories()).start()) {
            TestClient client = surroundings.connect(server);
            client.send(TestClient.GET.substring(0, 20));
            Stopping stopping = QuietStop.beyondTheGrace(server);

            client.send(TestClient.GET.substring(20));

            QuietStop.assertAnsweredWithClose(client.readToEnd());
            QuietStop.assertEnded(stopping, server);
        }
    }

    /** The stock connector serves through the same endpoint: what is asked for here is no more than what it offers. */
    @ParameterizedTest
    @EnumSource
    void theStockConnectorServesToo(Http1Surroundings surroundings) throws Exception {
        TestServer.ConnectorMaker maker = running -> new ServerConnector(running, 1, 1, surroundings.factories()) {
            @Override
            protected SocketChannelEndPoint newEndPoint(
                    SocketChannel channel, ManagedSelector selector, SelectionKey key) throws IOException {
                return counting(this, channel, selector, key);
            }
        };
        try (TestServer server = new TestServer(maker).start();
                TestClient client = surroundings.connect(server)) {
            client.send(TestClient.GET);
            assertTrue(TestClient.isAnswered(client.readResponse()));
            assertTrue(bytesIn.get() >= TestClient.GET.length(), () -> bytesIn + " bytes were counted");
        }
    }

    private TestServer server(ConnectionFactory... factories) {
        return QuietStop.shortGrace(new TestServer(running -> new CountingConnector(running, factories)));
    }

    private SocketChannelEndPoint counting(
            ServerConnector connector, SocketChannel channel, ManagedSelector selector, SelectionKey key)
            throws IOException {
        if (!channel.isOpen()) {
            throw new IOException("closed already"); // As an override may, which is why it is declared.
        }
        SocketChannelEndPoint endPoint = new CountingEndPoint(channel, selector, key, connector.getScheduler());
        endPoint.setIdleTimeout(connector.getIdleTimeout());
        return endPoint;
    }

    /** As somebody would write it for ServerConnector, but for the name of the superclass. */
    private final class CountingConnector extends DrainingServerConnector {
        private CountingConnector(Server server, ConnectionFactory... factories) {
            super(server, 1, 1, factories);
        }

        @Override
        protected SocketChannelEndPoint newEndPoint(SocketChannel channel, ManagedSelector selector, SelectionKey key)
                throws IOException {
            return counting(this, channel, selector, key);
        }
    }

    /** Counts what goes through. */
    private final class CountingEndPoint extends SocketChannelEndPoint {
        private CountingEndPoint(
                SocketChannel channel, ManagedSelector selector, SelectionKey key, Scheduler scheduler) {
            super(channel, selector, key, scheduler);
        }

        @Override
        public int fill(ByteBuffer buffer) throws IOException {
            int filled = super.fill(buffer);
            bytesIn.addAndGet(Math.max(0, filled));
            return filled;
        }

        @Override
        public boolean flush(ByteBuffer... buffers) throws IOException {
            long before = remaining(buffers);
            boolean flushed = super.flush(buffers);
            bytesOut.addAndGet(before - remaining(buffers));
            return flushed;
        }

        private static long remaining(ByteBuffer... buffers) {
            long remaining = 0;
            for (ByteBuffer buffer : buffers) {
                remaining += buffer.remaining();
            }
            return remaining;
        }
    }
}
