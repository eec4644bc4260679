package io.sluice;

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
import java.util.zip.CRC32;
import org.awaitility.Awaitility;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http2.server.HTTP2CServerConnectionFactory;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.ConnectionFactory;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Bodies that do not fit into any buffer, and that are on their way when the drain begins. */
@Timeout(60)
class LargeBodiesTest {
    private static final byte[] BODY = new byte[20 << 20];
    private static Tls tls;

    @BeforeAll
    static void prepare(@TempDir Path directory) throws Exception {
        new Random(1).nextBytes(BODY);
        tls = new Tls(directory);
    }

    /** A client reads nothing of its response until the grace is over. */
    @ParameterizedTest(name = "TLS: {0}")
    @ValueSource(booleans = {false, true})
    void aSlowReaderGetsAllOfItsResponse(boolean secure) throws Exception {
        CountDownLatch serving = new CountDownLatch(1);
        try (TestServer server = server(secure, new Download(serving, BODY))) {
            TestClient client = client(server, secure);
            client.send(TestClient.GET);
            serving.await();
            Stopping stopping = stopBeyondTheGrace(server);

            byte[] response = client.in().readAllBytes();

            assertEquals(crc(BODY, 0, BODY.length), crc(response, response.length - BODY.length, BODY.length));
            assertTrue(stopping.millis() < 15_000, "the stop went on after the answer");
            assertTrue(server.report().isLossless(), server.report().toJson());
            client.close();
        }
    }

    /** The second half of a request's body is sent when the grace is over. */
    @ParameterizedTest(name = "TLS: {0}")
    @ValueSource(booleans = {false, true})
    void aSlowWriterIsHeardToTheEnd(boolean secure) throws Exception {
        CountDownLatch serving = new CountDownLatch(1);
        try (TestServer server = server(secure, new Upload(serving))) {
            TestClient client = client(server, secure);
            client.send("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + BODY.length + "\r\n\r\n");
            int half = BODY.length / 2;
            client.send(Arrays.copyOf(BODY, half));
            serving.await();
            Stopping stopping = stopBeyondTheGrace(server);

            client.send(Arrays.copyOfRange(BODY, half, BODY.length));

            String response = client.readToEnd();
            assertTrue(response.startsWith("HTTP/1.1 200") && TestClient.saysClose(response), response);
            assertTrue(response.endsWith("\r\n\r\n" + crc(BODY, 0, BODY.length)), response);
            assertTrue(stopping.millis() < 15_000, "the stop went on after the answer");
            assertTrue(server.report().isLossless(), server.report().toJson());
        }
    }

    /** A stream that waits for its client's leave to send more, while the grace goes by. */
    @Test
    void flowControlMayTakeItsTime() throws Exception {
        CountDownLatch serving = new CountDownLatch(1);
        HttpConnectionFactory http = new HttpConnectionFactory();
        try (TestServer server = server(
                new Download(serving, BODY), http, new HTTP2CServerConnectionFactory(http.getHttpConfiguration()))) {
            Http2Client client = Http2Client.connect(server.port());
            client.closeWindows();
            Stream stream = client.get();
            serving.await();
            Stopping stopping = stopBeyondTheGrace(server);

            client.readUntil(() -> stream.body().length > 0);
            client.openWindows();
            client.readToEnd();

            assertTrue(stream.is200() && stream.isComplete(), client::toString);
            assertEquals(crc(BODY, 0, BODY.length), crc(stream.body(), 0, stream.body().length));
            assertTrue(stopping.millis() < 15_000, "the stop went on after the answer");
            assertTrue(server.report().isLossless(), server.report().toJson());
        }
    }

    /** A response has left the server; its client reads it long after the grace, and gives leave to send more. */
    @Test
    void aSlowReaderOfAStreamGetsAllOfIt() throws Exception {
        byte[] body = Arrays.copyOf(BODY, 300 << 10); // It fits into the kernel's buffer.
        CountDownLatch serving = new CountDownLatch(1);
        HttpConnectionFactory http = new HttpConnectionFactory();
        TestServer server = new TestServer(running -> new DrainingServerConnector(
                running, 1, 1, http, new HTTP2CServerConnectionFactory(http.getHttpConfiguration())));
        server.connector.setAcceptedSendBufferSize(1 << 20);
        ((DrainingServerConnector) server.connector).setKeepAliveGrace(300);
        server.server.setHandler(new Download(serving, body));
        try (server) {
            server.start();
            Socket socket = new Socket();
            socket.setReceiveBufferSize(16 << 10);
            Http2Client client = Http2Client.of(TestClient.connected(socket, server.port()));
            client.widenWindows(1 << 20);
            Stream stream = client.get();
            serving.await();
            Stopping stopping = Stopping.server(server);
            for (int read = 0; read < body.length; read += 16 << 10) {
                int portion = read;
                client.readUntil(() -> stream.body().length >= portion);
                long slowly = stopping.millisSoFar() + 80;
                Awaitility.await().pollInterval(5, TimeUnit.MILLISECONDS).until(() -> stopping.millisSoFar() > slowly);
            }

            client.readToEnd();

            assertTrue(stream.is200() && stream.isComplete(), client::toString);
            assertEquals(crc(body, 0, body.length), crc(stream.body(), 0, stream.body().length));
            assertTrue(stopping.millis() < 15_000, "the stop went on after the answer");
        }
    }

    private static TestServer server(boolean secure, Handler handler) throws Exception {
        return secure ? server(handler, tls.http1()) : server(handler, new HttpConnectionFactory());
    }

    private static TestServer server(Handler handler, ConnectionFactory... factories) throws Exception {
        TestServer server = new TestServer(running -> new DrainingServerConnector(running, 1, 1, factories));
        ((DrainingServerConnector) server.connector).setKeepAliveGrace(200);
        ((DrainingServerConnector) server.connector).setDrainTimeout(20_000);
        server.server.setHandler(handler);
        return server.start();
    }

    private static TestClient client(TestServer server, boolean secure) throws Exception {
        Socket socket = TestClient.connected(new Socket(), server.port());
        return TestClient.of(secure ? tls.client(socket) : socket);
    }

    /** Returns when the grace is over, and with it the connection of a client that says nothing. */
    private static Stopping stopBeyondTheGrace(TestServer server) throws Exception {
        TestClient silent = TestClient.connect(server.port());
        Stopping stopping = Stopping.server(server);
        assertEquals("", silent.readToEnd());
        return stopping;
    }

    private static long crc(byte[] bytes, int from, int length) {
        CRC32 crc = new CRC32();
        crc.update(bytes, from, length);
        return crc.getValue();
    }

    /** Answers with the body. */
    private static final class Download extends Handler.Abstract {
        private final CountDownLatch serving;
        private final byte[] body;

        private Download(CountDownLatch serving, byte[] body) {
            this.serving = serving;
            this.body = body;
        }

        @Override
        public boolean handle(Request request, Response response, Callback callback) {
            response.getHeaders().put(HttpHeader.CONTENT_LENGTH, body.length);
            response.write(true, ByteBuffer.wrap(body), callback);
            serving.countDown();
            return true;
        }
    }

    /** Answers with the checksum of what it was sent. */
    private static final class Upload extends Handler.Abstract {
        private final CountDownLatch serving;

        private Upload(CountDownLatch serving) {
            this.serving = serving;
        }

        @Override
        public boolean handle(Request request, Response response, Callback callback) throws Exception {
            serving.countDown();
            CRC32 crc = new CRC32();
            crc.update(Content.Source.asByteBuffer(request));
            response.write(
                    true, ByteBuffer.wrap(Long.toString(crc.getValue()).getBytes(StandardCharsets.US_ASCII)), callback);
            return true;
        }
    }
}
