package io.sluice;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.Http2Client.Stream;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import org.eclipse.jetty.http.HttpException;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.ForwardedRequestCustomizer;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Requests that a customizer of the application meets before the connector's own, and refuses, or keeps for a while. */
@Tag("slow")
@Timeout(60)
class RefusedRequestTest {
    /** Who refuses what. */
    enum Refusal {
        /** A proxy's header that cannot be read. */
        BAD_REQUEST(
                new ForwardedRequestCustomizer(),
                "GET / HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-Port: abc\r\n\r\n",
                HttpStatus.BAD_REQUEST_400),
        FORBIDDEN(
                (request, headers) -> {
                    throw new HttpException.RuntimeException(HttpStatus.FORBIDDEN_403, "as a test has it");
                },
                TestClient.GET,
                HttpStatus.FORBIDDEN_403);

        private final HttpConfiguration.Customizer customizer;
        private final String request;
        private final int status;

        Refusal(HttpConfiguration.Customizer customizer, String request, int status) {
            this.customizer = customizer;
            this.request = request;
            this.status = status;
        }
    }

    @BeforeAll
    static void makeCertificate(@TempDir Path directory) throws Exception {
        Http1Surroundings.makeCertificate(directory);
        Http2Surroundings.makeCertificate(directory);
    }

    /** The client has its answer, though not the one it wished for, and stays. */
    @ParameterizedTest(name = "{0}, {1}")
    @CsvSource({
        "CLEAR_TEXT, BAD_REQUEST",
        "CLEAR_TEXT, FORBIDDEN",
        "BESIDE_HTTP_2, BAD_REQUEST",
        "TLS, BAD_REQUEST",
        "TLS, FORBIDDEN",
        "ALPN, BAD_REQUEST"
    })
    void aRefusalIsAnAnswer(Http1Surroundings surroundings, Refusal refusal) throws Exception {
        try (TestServer server = with(refusal.customizer, surroundings.server());
                TestClient client = surroundings.connect(server)) {
            client.send(refusal.request);
            String response = client.readResponse();
            assertTrue(response.startsWith("HTTP/1.1 " + refusal.status), response);

            QuietStop.assertEndsWithTheGrace(server);
        }
    }

    /** The refused request comes in the drain. */
    @ParameterizedTest(name = "{0}, {1}")
    @CsvSource({"CLEAR_TEXT, BAD_REQUEST", "CLEAR_TEXT, FORBIDDEN", "TLS, BAD_REQUEST"})
    void aRefusalInTheDrainIsAnAnswer(Http1Surroundings surroundings, Refusal refusal) throws Exception {
        try (TestServer server = with(refusal.customizer, surroundings.server());
                TestClient client = surroundings.connect(server)) {
            Stopping stopping = Stopping.server(server);
            client.send(refusal.request);

            String response = client.readResponse();

            assertTrue(response.startsWith("HTTP/1.1 " + refusal.status), response);
            QuietStop.assertEnded(stopping, server);
        }
    }

    /** The same for a stream of HTTP/2. */
    @ParameterizedTest
    @EnumSource(names = {"CLEAR_TEXT", "TLS"})
    void aRefusedStreamIsAnswered(Http2Surroundings surroundings) throws Exception {
        try (TestServer server = with(
                        Refusal.FORBIDDEN.customizer, QuietStop.shortGrace(new TestServer(surroundings::connector)));
                Http2Client client = surroundings.connect(server.port())) {
            Stream stream = client.get();
            client.readUntil(stream::isComplete);
            assertTrue(stream.isComplete() && !stream.is200(), client::toString);

            QuietStop.assertEndsWithTheGrace(server);
        }
    }

    /** A customizer that asks somebody else, and gets its answer when the grace is over. */
    @ParameterizedTest
    @EnumSource(names = {"CLEAR_TEXT", "TLS"})
    void aSlowCustomizerIsWaitedFor(Http1Surroundings surroundings) throws Exception {
        CountDownLatch asking = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        try (TestServer server = with(waiting(asking, goOn), surroundings.server());
                TestClient client = surroundings.connect(server)) {
            client.send(TestClient.GET);
            asking.await();
            Stopping stopping = QuietStop.beyondTheGrace(server);
            assertTrue(client.isLeftAlone(100), "closed while its request was being looked at");
            goOn.countDown();

            QuietStop.assertAnsweredWithClose(client.readToEnd());
            QuietStop.assertEnded(stopping, server);
        }
    }

    /** The same for a stream of HTTP/2, which no frame tells from a session without one. */
    @ParameterizedTest
    @EnumSource(names = {"CLEAR_TEXT", "TLS"})
    void aSlowCustomizerOfAStreamIsWaitedFor(Http2Surroundings surroundings) throws Exception {
        CountDownLatch asking = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        try (TestServer server =
                with(waiting(asking, goOn), QuietStop.shortGrace(new TestServer(surroundings::connector)))) {
            Http2Client client = surroundings.connect(server.port());
            Stream stream = client.get();
            asking.await();
            Stopping stopping = QuietStop.beyondTheGrace(server);
            goOn.countDown();
            client.readToEnd();

            assertTrue(stream.isAnswered(), client::toString);
            QuietStop.assertEnded(stopping, server);
        }
    }

    private static HttpConfiguration.Customizer waiting(CountDownLatch asking, CountDownLatch goOn) {
        return (request, headers) -> {
            asking.countDown();
            try {
                goOn.await();
            } catch (InterruptedException x) {
                throw new IllegalStateException(x);
            }
            return request;
        };
    }

    /** The connector adds its own customizer when it starts, behind this one. */
    private static TestServer with(HttpConfiguration.Customizer customizer, TestServer server) throws Exception {
        server.connector
                .getConnectionFactory(HttpConnectionFactory.class)
                .getHttpConfiguration()
                .addCustomizer(customizer);
        return server.start();
    }
}
