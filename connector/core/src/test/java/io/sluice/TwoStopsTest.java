package io.sluice;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A request stops something while another thread is at it already: both share one drain, and the request is answered. */
@Timeout(60)
class TwoStopsTest {
    private static final int SHORT = 4000;

    /** The thread that stopped the connector closed the connection of the request that stopped the server. */
    @ParameterizedTest(name = "stop timeout {0} ms")
    @ValueSource(longs = {0, 4000})
    void aRequestStopsTheServerWhoseConnectorStops(long stopTimeout) throws Exception {
        CountDownLatch goOn = new CountDownLatch(1);
        try (TestServer server = new TestServer(TestServer::draining).withStopTimeout(stopTimeout)) {
            server.onRequest(request -> {
                goOn.await();
                server.server.stop();
            });
            assertAnswered(server, server.start().connector::stop, goOn);
            await().until(server.server::isStopped);
            assertEquals(stopTimeout, server.server.getStopTimeout());
        }
    }

    /** The other way round. (With a stop timeout, Jetty would wait for the graceful end of the connector until it is over.) */
    @Test
    void aRequestStopsTheConnectorWhoseServerStops() throws Exception {
        CountDownLatch goOn = new CountDownLatch(1);
        try (TestServer server = new TestServer(TestServer::draining)) {
            server.onRequest(request -> {
                goOn.await();
                server.connector.stop();
            });
            assertAnswered(server, server.start().server::stop, goOn);
        }
    }

    /** A listener that was closed by a request is no reason to cut that request off. */
    @ParameterizedTest(name = "stop timeout {0} ms")
    @ValueSource(longs = {0, 4000})
    void aRequestClosesTheConnectorWhoseServerStops(long stopTimeout) throws Exception {
        CountDownLatch goOn = new CountDownLatch(1);
        CountDownLatch stopped = new CountDownLatch(1);
        try (TestServer server = new TestServer(TestServer::draining).withStopTimeout(stopTimeout)) {
            server.onRequest(request -> {
                goOn.await();
                server.connector.close();
                stopped.await(500, TimeUnit.MILLISECONDS); // It has more to do before it answers.
            });
            assertAnswered(server, server.start().server::stop, goOn);
        }
    }

    private static void assertAnswered(TestServer server, AutoCloseable stop, CountDownLatch goOn) throws Exception {
        try (TestClient client = TestClient.connect(server.port())) {
            client.send(TestClient.GET);
            Stopping stopping = Stopping.of(server, stop);
            goOn.countDown();

            String response = client.readToEnd();

            assertTrue(TestClient.isAnswered(response), response);
            assertTrue(stopping.millis() < SHORT, "took " + stopping.millis() + " ms");
            assertTrue(server.report().isLossless(), server.report().toJson());
        }
    }
}
