package io.sluice;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.Http2Client.Stream;
import java.io.ByteArrayOutputStream;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.handler.ShutdownHandler;
import org.eclipse.jetty.util.Blocker;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.component.LifeCycle;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** An answer is owed until its last byte is written, not until the application says that it is done. */
@Tag("slow")
@Timeout(60)
class LateCallbackTest {
    private static final byte[] BODY = new byte[4 << 20];
    private static final int BUFFER = 64 << 10;
    private static final long DRAIN_TIMEOUT_MILLIS = 6000; // Where something is read slowly.

    @BeforeAll
    static void prepare(@TempDir Path directory) throws Exception {
        new Random(1).nextBytes(BODY);
        Http1Surroundings.makeCertificate(directory);
        Http2Surroundings.makeCertificate(directory);
    }

    /** The client has its whole answer when the server stops, and the application is done long after it. */
    @ParameterizedTest(name = "{0}, chunked {1}")
    @CsvSource({"CLEAR_TEXT, false", "CLEAR_TEXT, true", "TLS, false", "TLS, true"})
    void aWrittenResponseIsAnAnswer(Http1Surroundings surroundings, boolean chunked) throws Exception {
        WrittenOnly application = new WrittenOnly("ok".getBytes(StandardCharsets.US_ASCII), chunked);
        try (TestServer server = surroundings.server()) {
            server.server.setHandler(application);
            server.start();
            TestClient client = surroundings.connect(server);
            client.send(TestClient.GET);
            String response = chunked ? readChunked(client) : client.readResponse();
            assertTrue(response.startsWith("HTTP/1.1 200"), response);

            QuietStop.assertEndsWithTheGrace(server);

            application.callback.succeeded();
            client.close();
        }
    }

    /** The same for a stream of HTTP/2. */
    @ParameterizedTest
    @EnumSource(names = {"CLEAR_TEXT", "TLS"})
    void aWrittenStreamIsAnswered(Http2Surroundings surroundings) throws Exception {
        WrittenOnly application = new WrittenOnly("ok".getBytes(StandardCharsets.US_ASCII), false);
        try (TestServer server = QuietStop.shortGrace(new TestServer(surroundings::connector))) {
            server.server.setHandler(application);
            server.start();
            Http2Client client = surroundings.connect(server.port());
            Stream stream = client.get();
            client.readUntil(stream::isComplete);
            assertTrue(stream.isAnswered(), client::toString);

            QuietStop.assertEndsWithTheGrace(server);

            application.callback.succeeded();
            client.close();
        }
    }

    /** A request is written in the drain, and the application is never done. */
    @ParameterizedTest
    @EnumSource(names = {"CLEAR_TEXT", "TLS"})
    void anAnswerInTheDrainEndsIt(Http1Surroundings surroundings) throws Exception {
        WrittenOnly application = new WrittenOnly("ok".getBytes(StandardCharsets.US_ASCII), false);
        try (TestServer server = surroundings.server()) {
            server.server.setHandler(application);
            server.start();
            TestClient client = surroundings.connect(server);
            Stopping stopping = Stopping.server(server);
            client.send(TestClient.GET);

            QuietStop.assertAnsweredWithClose(client.readResponse());
            QuietStop.assertEnded(stopping, server);
            client.close();
        }
    }

    /** The client's next request is there when the drain begins, and Jetty reads it when the application is done. */
    @ParameterizedTest
    @EnumSource(names = {"CLEAR_TEXT", "TLS"})
    void theNextRequestIsWaitedFor(Http1Surroundings surroundings) throws Exception {
        WrittenOnly application = new WrittenOnly("ok".getBytes(StandardCharsets.US_ASCII), false);
        try (TestServer server = surroundings.server()) {
            server.server.setHandler(application);
            server.start();
            TestClient client = surroundings.connect(server);
            client.send(TestClient.GET);
            assertTrue(TestClient.isAnswered(client.readResponse()));
            Callback first = application.callback;
            client.send(TestClient.GET);
            Stopping stopping = QuietStop.beyondTheGrace(server);

            first.succeeded();

            QuietStop.assertAnsweredWithClose(client.readResponse());
            QuietStop.assertEnded(stopping, server);
            client.close();
        }
    }

    /** All of a response is written at once, its client reads slowly, and the application is never done. */
    @ParameterizedTest(name = "{0}, chunked {1}")
    @CsvSource({"CLEAR_TEXT, false", "CLEAR_TEXT, true", "TLS, false"})
    void aLastWriteIsWaitedForToItsLastByte(Http1Surroundings surroundings, boolean chunked) throws Exception {
        WrittenOnly application = new WrittenOnly(BODY, chunked);
        try (TestServer server = surroundings.server()) {
            server.connector.setAcceptedSendBufferSize(BUFFER);
            ((DrainingServerConnector) server.connector).setDrainTimeout(DRAIN_TIMEOUT_MILLIS);
            server.server.setHandler(application);
            server.start();
            TestClient client = surroundings.connect(server, slowLine());
            client.send(TestClient.GET);
            application.written.await();
            Stopping stopping = QuietStop.beyondTheGrace(server);

            String head = readHead(client);
            assertTrue(head.startsWith("HTTP/1.1 200"), head);
            byte[] body = chunked ? readChunks(client) : readSlowly(client, BODY.length, stopping);

            assertArrayEquals(BODY, body);
            assertTrue(
                    stopping.millis() < DRAIN_TIMEOUT_MILLIS - 1000,
                    "the stop went on after the answer: " + stopping.millis() + " ms");
            assertTrue(server.report().isLossless(), server.report().toJson());
            client.close();
        }
    }

    /** The same for a stream of HTTP/2, of which the client has given leave to send a part. */
    @ParameterizedTest
    @EnumSource(names = {"CLEAR_TEXT", "TLS"})
    void aLastWriteOfAStreamIsWaitedFor(Http2Surroundings surroundings) throws Exception {
        WrittenOnly application = new WrittenOnly(BODY, false);
        try (TestServer server = QuietStop.shortGrace(new TestServer(surroundings::connector))) {
            ((DrainingServerConnector) server.connector).setDrainTimeout(DRAIN_TIMEOUT_MILLIS);
            server.server.setHandler(application);
            server.start();
            Http2Client client = surroundings.connect(server.port());
            client.closeWindows();
            Stream stream = client.get();
            application.written.await();
            Stopping stopping = QuietStop.beyondTheGrace(server);

            client.readUntil(() -> stream.body().length > 0);
            client.openWindows();
            client.readToEnd();

            assertTrue(stream.is200() && stream.isComplete(), client::toString);
            assertArrayEquals(BODY, stream.body());
            assertTrue(
                    stopping.millis() < DRAIN_TIMEOUT_MILLIS - 1000,
                    "the stop went on after the answer: " + stopping.millis() + " ms");
            assertTrue(server.report().isLossless(), server.report().toJson());
        }
    }

    /** Jetty's own ShutdownHandler stops the server when its answer is written, and is never done with the request. */
    @ParameterizedTest(name = "stop timeout {0} ms")
    @ValueSource(longs = {0, 3000})
    void theShutdownHandlerStopsTheServer(long stopTimeout) throws Exception {
        assertShutdown(
                QuietStop.shortGrace(new TestServer(TestServer::draining)).withStopTimeout(stopTimeout));
    }

    /** The stock connector does too, in the same time; with a stop timeout it would wait for that. */
    @Test
    void theShutdownHandlerStopsTheStockConnector() throws Exception {
        assertShutdown(new TestServer(TestServer::stock));
    }

    private static void assertShutdown(TestServer server) throws Exception {
        server.server.setHandler(new ShutdownHandler("secret"));
        CountDownLatch stopped = new CountDownLatch(1);
        server.server.addEventListener(new LifeCycle.Listener() {
            @Override
            public void lifeCycleStopped(LifeCycle event) {
                stopped.countDown();
            }
        });
        try (server) {
            TestClient client = TestClient.connect(server.start().port());
            client.send("POST /shutdown?token=secret HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n");

            String response = client.readResponse();

            assertTrue(response.startsWith("HTTP/1.1 200"), response);
            assertTrue(stopped.await(QuietStop.LATEST_MILLIS, TimeUnit.MILLISECONDS), "the server still runs");
            client.close();
        }
    }

    private static Socket slowLine() throws Exception {
        Socket socket = new Socket();
        socket.setReceiveBufferSize(BUFFER);
        return socket;
    }

    private static String readHead(TestClient client) throws Exception {
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            int b = client.in().read();
            assertTrue(b >= 0, () -> "ended after " + head);
            head.append((char) b);
        }
        return head.toString();
    }

    private static String readChunked(TestClient client) throws Exception {
        return readHead(client) + new String(readChunks(client), StandardCharsets.US_ASCII);
    }

    private static byte[] readChunks(TestClient client) throws Exception {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        while (true) {
            String line = readLine(client);
            int length = Integer.parseInt(line, 16);
            body.writeBytes(client.in().readNBytes(length));
            assertEquals("", readLine(client));
            if (length == 0) {
                return body.toByteArray();
            }
        }
    }

    private static String readLine(TestClient client) throws Exception {
        StringBuilder line = new StringBuilder();
        while (line.indexOf("\r\n") < 0) {
            int b = client.in().read();
            assertTrue(b >= 0, () -> "ended after " + line);
            line.append((char) b);
        }
        return line.substring(0, line.length() - 2);
    }

    /** In portions, a second for all of them. */
    private static byte[] readSlowly(TestClient client, int length, Stopping stopping) throws Exception {
        byte[] read = new byte[length];
        long begin = stopping.millisSoFar();
        for (int portion = 0; portion < 16; portion++) {
            int from = length / 16 * portion;
            byte[] bytes = client.in().readNBytes(length / 16);
            System.arraycopy(bytes, 0, read, from, bytes.length);
            long next = begin + portion * 60L;
            Awaitility.await().pollInterval(5, TimeUnit.MILLISECONDS).until(() -> stopping.millisSoFar() >= next);
        }
        return read;
    }

    /** Writes all of its response, and keeps the callback that says so. */
    private static final class WrittenOnly extends Handler.Abstract {
        private final byte[] body;
        private final boolean chunked;
        private final CountDownLatch written = new CountDownLatch(1);
        private volatile Callback callback;

        private WrittenOnly(byte[] body, boolean chunked) {
            this.body = body;
            this.chunked = chunked;
        }

        @Override
        public boolean handle(Request request, Response response, Callback callback) throws Exception {
            this.callback = callback;
            int begun = 0;
            if (chunked) {
                begun = 1;
                try (Blocker.Callback flushed = Blocker.callback()) {
                    response.write(false, ByteBuffer.wrap(body, 0, begun), flushed);
                    flushed.block();
                }
            } else {
                response.getHeaders().put(HttpHeader.CONTENT_LENGTH, body.length);
            }
            response.write(true, ByteBuffer.wrap(Arrays.copyOfRange(body, begun, body.length)), Callback.NOOP);
            written.countDown();
            return true;
        }
    }
}
