package io.sluice;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.Http2Client.Stream;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http2.server.HTTP2CServerConnectionFactory;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.ConnectionFactory;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.handler.GracefulHandler;
import org.eclipse.jetty.util.Callback;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A request stops its own server in its own thread, and is answered when nothing of the server runs any more. */
@Timeout(60)
class StopInRequestTest {
    private static final byte[] BODY = new byte[5 << 20];
    private static Tls tls;

    @BeforeAll
    static void prepare(@TempDir Path directory) throws Exception {
        new Random(1).nextBytes(BODY);
        tls = new Tls(directory);
    }

    /** The whole response is made after the stop. */
    @ParameterizedTest(name = "TLS {0}, stop timeout {1} ms")
    @CsvSource({"false, 0", "true, 0", "false, 20000", "true, 20000"})
    void aLargeResponseIsSentInFull(boolean secure, long stopTimeout) throws Exception {
        StopThenAnswer application = new StopThenAnswer(Order.STOP_FIRST);
        try (TestServer server = server(application, stopTimeout, secure ? tls.http1() : http1())) {
            Socket socket = TestClient.connected(new Socket(), server.port());
            TestClient client = TestClient.of(secure ? tls.client(socket) : socket);
            client.send(TestClient.GET);
            assertTrue(application.stopped.await(10, TimeUnit.SECONDS), "the stop waited for its own request");

            assertEndsWithBody(client.in().readAllBytes());

            client.close();
            application.assertDone();
            assertTrue(server.report().isLossless(), server.report().toJson());
        }
    }

    /** The response told its client before the stop that the connection is kept alive. */
    @ParameterizedTest(name = "TLS {0}")
    @ValueSource(booleans = {false, true})
    void theConnectionEndsWithTheResponse(boolean secure) throws Exception {
        StopThenAnswer application = new StopThenAnswer(Order.BEGIN_ANSWER_FIRST);
        try (TestServer server = server(application, 0, secure ? tls.http1() : http1())) {
            Socket socket = TestClient.connected(new Socket(), server.port());
            TestClient client = TestClient.of(secure ? tls.client(socket) : socket);
            client.send(TestClient.GET);
            assertTrue(application.stopped.await(10, TimeUnit.SECONDS), "the stop waited for its own request");

            assertEndsWithBody(client.in().readAllBytes()); // To the end of the connection.

            client.close();
            application.assertDone();
        }
    }

    /** A client that never reads the response does not keep a thread of the stopped server for ever. */
    @Test
    void aClientThatNeverReadsIsLeft() throws Exception {
        StopThenAnswer application = new StopThenAnswer(Order.STOP_FIRST);
        try (TestServer server = server(application, 0, http1());
                Socket socket = new Socket()) {
            server.connector.setIdleTimeout(500);
            server.connector.setAcceptedSendBufferSize(64 << 10);
            server.server.stop();
            server.start();
            socket.setReceiveBufferSize(16 << 10);
            TestClient.of(TestClient.connected(socket, server.port())).send(TestClient.GET);

            application.assertDone();
        }
    }

    /** The application works on for longer than a connection may be idle; it was closed before the answer. */
    @Test
    void workAfterTheStopIsNoIdleness() throws Exception {
        try (TestServer server = new TestServer(TestServer::draining)) {
            server.connector.setIdleTimeout(200);
            server.onRequest(request -> {
                server.server.stop();
                Thread.sleep(1500); // The work. Idle connections are looked for once a second.
            });
            server.start();
            TestClient client = TestClient.connect(server.port());
            client.send(TestClient.GET);

            String response = client.readToEnd();

            assertTrue(TestClient.isAnswered(response), response);
        }
    }

    /** The body of the request comes after the stop. */
    @ParameterizedTest(name = "TLS {0}")
    @ValueSource(booleans = {false, true})
    void aRequestMayBeReadAfterTheStop(boolean secure) throws Exception {
        StopThenAnswer application = new StopThenAnswer(Order.STOP_FIRST);
        try (TestServer server = server(application, 0, secure ? tls.http1() : http1())) {
            Socket socket = TestClient.connected(new Socket(), server.port());
            TestClient client = TestClient.of(secure ? tls.client(socket) : socket);
            client.send("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n");
            assertTrue(application.stopped.await(10, TimeUnit.SECONDS), "the stop waited for its own request");
            client.send(new byte[100_000]);

            assertEndsWithBody(client.in().readAllBytes());

            client.close();
            application.assertDone();
            assertEquals(100_000, application.read);
        }
    }

    /** A stream of which the client gives leave to send all at once, and one that has to wait for leave. */
    @ParameterizedTest(name = "TLS {0}")
    @ValueSource(booleans = {false, true})
    void aStreamIsAnsweredInFull(boolean secure) throws Exception {
        StopThenAnswer application = new StopThenAnswer(Order.STOP_FIRST);
        HttpConnectionFactory http = new HttpConnectionFactory();
        ConnectionFactory[] h2c = {http, new HTTP2CServerConnectionFactory(http.getHttpConfiguration())};
        try (TestServer server = server(application, 0, secure ? tls.alpn() : h2c)) {
            Socket socket = TestClient.connected(new Socket(), server.port());
            Http2Client client = Http2Client.of(secure ? tls.client(socket, "h2") : socket);
            Stream stream = client.get();
            assertTrue(application.stopped.await(10, TimeUnit.SECONDS), "the stop waited for its own request");

            client.readToEnd();

            assertTrue(stream.is200() && stream.isComplete(), client::toString);
            assertArrayEquals(BODY, stream.body());
            application.assertDone();
        }
    }

    private static ConnectionFactory[] http1() {
        return new ConnectionFactory[] {new HttpConnectionFactory()};
    }

    private static TestServer server(StopThenAnswer application, long stopTimeout, ConnectionFactory... factories)
            throws Exception {
        TestServer server = new TestServer(running -> new DrainingServerConnector(running, 1, 1, factories));
        ((DrainingServerConnector) server.connector).setDrainTimeout(20_000); // Longer than anybody waits here.
        server.server.setHandler(new GracefulHandler(application));
        return server.withStopTimeout(stopTimeout).start();
    }

    private static void assertEndsWithBody(byte[] response) {
        String head = new String(response, 0, Math.min(100, response.length), StandardCharsets.US_ASCII);
        assertTrue(head.startsWith("HTTP/1.1 200"), head);
        assertTrue(response.length > BODY.length, response.length + " bytes came");
        assertArrayEquals(BODY, Arrays.copyOfRange(response, response.length - BODY.length, response.length));
    }

    /** What the application does first. */
    private enum Order {
        STOP_FIRST,
        BEGIN_ANSWER_FIRST
    }

    /** Stops the server, reads the request and answers with the body; all by blocking calls. */
    private static final class StopThenAnswer extends Handler.Abstract {
        private final Order order;
        private final CountDownLatch stopped = new CountDownLatch(1);
        private final CountDownLatch done = new CountDownLatch(1);
        private volatile int read;

        private StopThenAnswer(Order order) {
            this.order = order;
        }

        @Override
        public boolean handle(Request request, Response response, Callback callback) throws Exception {
            try {
                response.getHeaders().put(HttpHeader.CONTENT_LENGTH, BODY.length);
                int begun = 0;
                if (order == Order.BEGIN_ANSWER_FIRST) {
                    begun = 1000;
                    Content.Sink.write(response, false, ByteBuffer.wrap(BODY, 0, begun));
                }
                getServer().stop();
                stopped.countDown();
                read = Content.Source.asByteBuffer(request).remaining();
                Content.Sink.write(response, true, ByteBuffer.wrap(BODY, begun, BODY.length - begun));
                callback.succeeded();
            } finally {
                done.countDown();
            }
            return true;
        }

        private void assertDone() throws Exception {
            assertTrue(done.await(10, TimeUnit.SECONDS), "the request never ends");
        }
    }
}
