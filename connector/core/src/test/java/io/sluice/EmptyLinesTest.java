package io.sluice;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Empty lines before a request are ignored (RFC 9112, 2.2): they are no request that anybody waits for. */
@Tag("slow")
@Timeout(60)
class EmptyLinesTest {
    @BeforeAll
    static void makeCertificate(@TempDir Path directory) throws Exception {
        Http1Surroundings.makeCertificate(directory);
    }

    /** A client has its answer and sends no more than empty lines after it, as old browsers did after a POST. */
    @ParameterizedTest(name = "{0}, {1} lines")
    @CsvSource({"CLEAR_TEXT, 1", "CLEAR_TEXT, 3", "BESIDE_HTTP_2, 1", "TLS, 1", "TLS, 3", "ALPN, 1"})
    void afterAnAnswer(Http1Surroundings surroundings, int lines) throws Exception {
        try (TestServer server = surroundings.server().start();
                TestClient client = surroundings.connect(server)) {
            client.send(TestClient.GET);
            assertTrue(TestClient.isAnswered(client.readResponse()));
            client.send("\r\n".repeat(lines));

            QuietStop.assertEndsWithTheGrace(server);
        }
    }

    /** The empty lines are in the same segment as the request that they follow. */
    @ParameterizedTest
    @EnumSource(names = {"CLEAR_TEXT", "TLS"})
    void behindARequest(Http1Surroundings surroundings) throws Exception {
        try (TestServer server = surroundings.server().start();
                TestClient client = surroundings.connect(server)) {
            client.send(TestClient.GET + "\r\n\r\n");
            assertTrue(TestClient.isAnswered(client.readResponse()));

            QuietStop.assertEndsWithTheGrace(server);
        }
    }

    /** A new client sends nothing else. */
    @ParameterizedTest(name = "{0}, {1} lines")
    @CsvSource({"CLEAR_TEXT, 1", "CLEAR_TEXT, 3", "BESIDE_HTTP_2, 1", "TLS, 1", "TLS, 3", "ALPN, 1"})
    void onANewConnection(Http1Surroundings surroundings, int lines) throws Exception {
        try (TestServer server = surroundings.server().start();
                TestClient client = surroundings.connect(server)) {
            client.send("\r\n".repeat(lines));

            QuietStop.assertEndsWithTheGrace(server);
        }
    }

    /** The same before Jetty's own graceful shutdown, which must find nothing left to wait for. */
    @ParameterizedTest
    @EnumSource(names = {"CLEAR_TEXT", "TLS"})
    void beforeJettysOwnShutdown(Http1Surroundings surroundings) throws Exception {
        try (TestServer server = surroundings
                        .server()
                        .withGracefulHandler()
                        .withStopTimeout(5000)
                        .start();
                TestClient client = surroundings.connect(server)) {
            client.send("\r\n");

            QuietStop.assertEndsWithTheGrace(server);
        }
    }

    /** The line comes in the drain, and does not prolong it for longer than another grace. */
    @ParameterizedTest
    @EnumSource(names = {"CLEAR_TEXT", "TLS"})
    void inTheDrain(Http1Surroundings surroundings) throws Exception {
        try (TestServer server = surroundings.server().start();
                TestClient client = surroundings.connect(server)) {
            Stopping stopping = Stopping.server(server);
            client.send("\r\n");

            assertEquals("", client.readToEnd());
            QuietStop.assertEnded(stopping, server);
        }
    }

    /** Who sends the request within the grace has its answer. */
    @ParameterizedTest
    @EnumSource(names = {"CLEAR_TEXT", "TLS"})
    void beforeARequest(Http1Surroundings surroundings) throws Exception {
        try (TestServer server = surroundings.server()) {
            ((DrainingServerConnector) server.connector).setKeepAliveGrace(1500);
            server.start();
            TestClient client = surroundings.connect(server);
            client.send("\r\n");
            Stopping stopping = Stopping.server(server);
            client.send(TestClient.GET);

            QuietStop.assertAnsweredWithClose(client.readToEnd());
            QuietStop.assertEnded(stopping, server);
        }
    }
}
