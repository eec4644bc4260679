package io.sluice;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.handler.ConnectHandler;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Clients that have had an answer after which they need not say anything: in a tunnel, or instead of 100 Continue. */
@Timeout(60)
class SilentTunnelTest {
    private static final String EXPECT =
            "POST / HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 10\r\n\r\n";

    /** A tunnel in which nobody says anything. */
    @Test
    void aSilentTunnelEndsWithTheGrace() throws Exception {
        try (ServerSocket target = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
                TestServer server = tunnels().start();
                TestClient client = TestClient.connect(server.port());
                Socket behind = open(client, target)) {
            behind.getOutputStream().write('b');
            assertEquals('b', client.in().read());

            QuietStop.assertEndsWithTheGrace(server);
        }
    }

    /** A tunnel that nothing has gone through yet. */
    @Test
    void anUnusedTunnelEndsWithTheGrace() throws Exception {
        try (ServerSocket target = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
                TestServer server = tunnels().start();
                TestClient client = TestClient.connect(server.port());
                Socket behind = open(client, target)) {
            assertEquals(0, behind.getInputStream().available());

            QuietStop.assertEndsWithTheGrace(server);
            assertEquals(1, server.report().upgradedClosed(), "somebody may be at work behind it");
            assertEquals(0, server.report().idleClosed());
        }
    }

    /** A tunnel that is busy until the time is over is cut off, and that is no lossless stop. */
    @Test
    void aBusyTunnelIsReported() throws Exception {
        try (ServerSocket target = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
                TestServer server = tunnels()) {
            ((DrainingServerConnector) server.connector).setDrainTimeout(1000);
            server.start();
            TestClient client = TestClient.connect(server.port());
            try (Socket behind = open(client, target)) {
                Stopping stopping = Stopping.server(server);
                Awaitility.await().pollInterval(50, TimeUnit.MILLISECONDS).until(() -> {
                    write(behind);
                    return stopping.isOver();
                });

                assertEquals(1, server.report().unanswered(), server.report().toJson());
                assertFalse(server.report().isLossless());
            }
        }
    }

    private static void write(Socket behind) {
        try {
            behind.getOutputStream().write('x');
        } catch (IOException x) {
            assertTrue(x.getMessage() != null, "the tunnel is gone by now");
        }
    }

    /** The answer came instead of 100 Continue, so that the client keeps its body and says nothing more. */
    @Test
    void aBodyThatNobodyWantsIsNotWaitedFor() throws Exception {
        try (TestServer server = QuietStop.shortGrace(new TestServer(TestServer::draining))
                        .start();
                TestClient client = TestClient.connect(server.port())) {
            client.send(EXPECT);
            String response = client.readResponse();
            assertTrue(TestClient.isAnswered(response), response);

            QuietStop.assertEndsWithTheGrace(server);
        }
    }

    /** The application wants the body, which comes after the grace. */
    @Test
    void aBodyThatSomebodyWantsIsWaitedFor() throws Exception {
        try (TestServer server = QuietStop.shortGrace(new TestServer(TestServer::draining))
                .onRequest(Content.Source::asString)
                .start()) {
            TestClient client = TestClient.connect(server.port());
            client.send(EXPECT);
            assertEquals(
                    "HTTP/1.1 100 Continue\r\n\r\n", new String(client.in().readNBytes(25), StandardCharsets.US_ASCII));
            Stopping stopping = QuietStop.beyondTheGrace(server);

            client.send("0123456789");

            QuietStop.assertAnsweredWithClose(client.readToEnd());
            QuietStop.assertEnded(stopping, server);
        }
    }

    private static TestServer tunnels() {
        TestServer server = QuietStop.shortGrace(new TestServer(TestServer::draining));
        server.server.setHandler(new ConnectHandler());
        return server;
    }

    /** Has the client ask for the tunnel, and returns its other end. */
    private static Socket open(TestClient client, ServerSocket target) throws IOException {
        String authority = "127.0.0.1:" + target.getLocalPort();
        client.send("CONNECT " + authority + " HTTP/1.1\r\nHost: " + authority + "\r\n\r\n");
        Socket behind = target.accept();
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            head.append((char) client.in().read());
        }
        assertTrue(head.toString().startsWith("HTTP/1.1 200"), head::toString);
        return behind;
    }
}
