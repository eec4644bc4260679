package io.sluice;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.channels.SelectableChannel;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.io.SelectorManager;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Other people's code between an accept and its connection: an allow list that asks DNS, for instance. */
@Timeout(30)
class HangingAcceptListenerTest {
    private static final int QUEUED = 5;

    /** It hung the stop for ever: now the drain's own bound holds, and the report tells who is lost by that. */
    @Test
    void aListenerThatHangsInTheDrainHoldsItsBoundOnly() throws Exception {
        CountDownLatch forever = new CountDownLatch(1);
        try (TestServer server = new TestServer(TestServer::draining)) {
            ((DrainingServerConnector) server.connector).setDrainTimeout(700);
            server.start();
            server.connector.setAccepting(false);
            List<TestClient> clients = TestClient.connectAndSend(server.port(), QUEUED);
            server.connector.getSelectorManager().addEventListener(new Accepting(forever));

            Stopping stopping = Stopping.server(server);

            assertTrue(stopping.millis() < 2500, stopping.millis() + " ms");
            assertEquals(QUEUED, server.report().lost(), server.report().toJson());
            assertFalse(server.report().isLossless());
            forever.countDown();
            for (TestClient client : clients) {
                client.close();
            }
        }
    }

    /** An acceptor that hangs there already when the server is stopped is left behind. */
    @Test
    void anAcceptorThatHangsIsLeftBehind() throws Exception {
        CountDownLatch forever = new CountDownLatch(1);
        try (TestServer server = new TestServer(TestServer::draining).start()) {
            Accepting accepting = new Accepting(forever);
            server.connector.getSelectorManager().addEventListener(accepting);
            TestClient client = TestClient.connect(server.port());
            client.send(TestClient.GET);
            assertTrue(accepting.begun.await(5, TimeUnit.SECONDS));
            ((DrainingServerConnector) server.connector).setDrainTimeout(700);

            Stopping stopping = Stopping.server(server);

            assertTrue(stopping.millis() < 5000, stopping.millis() + " ms");
            assertFalse(server.report().isLossless(), server.report().toJson());
            forever.countDown();
            client.close();
        }
    }

    /** One that takes its time is waited for. */
    @Test
    void aSlowListenerIsWaitedFor() throws Exception {
        try (TestServer server = new TestServer(TestServer::draining).start()) {
            server.connector.setAccepting(false);
            List<TestClient> clients = TestClient.connectAndSend(server.port(), QUEUED);
            CountDownLatch never = new CountDownLatch(1);
            server.connector.getSelectorManager().addEventListener(new Accepting(never, 100));
            Stopping stopping = Stopping.server(server);

            for (TestClient client : clients) {
                assertTrue(TestClient.isAnswered(client.readToEnd()));
            }
            stopping.millis();
            assertTrue(server.report().isLossless(), server.report().toJson());
            assertTrue(server.report().untilClosed().toMillis() < 400, "it held up the close");
        }
    }

    private record Accepting(CountDownLatch goOn, long millis, CountDownLatch begun)
            implements SelectorManager.AcceptListener {
        private Accepting(CountDownLatch goOn) {
            this(goOn, 20_000);
        }

        private Accepting(CountDownLatch goOn, long millis) {
            this(goOn, millis, new CountDownLatch(1));
        }

        @Override
        public void onAccepting(SelectableChannel channel) {
            begun.countDown();
            try {
                goOn.await(millis, TimeUnit.MILLISECONDS);
            } catch (InterruptedException x) {
                throw new IllegalStateException(x);
            }
        }
    }
}
