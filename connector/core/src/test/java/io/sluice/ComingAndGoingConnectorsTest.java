package io.sluice;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.ref.WeakReference;
import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.eclipse.jetty.util.thread.ShutdownThread;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Connectors that are added to a server that runs for years, and removed from it: nothing of them may stay. */
@Timeout(60)
class ComingAndGoingConnectorsTest {
    private static final int CONNECTORS = 100;

    private TestServer server;
    private int listeners;
    private int hooks;

    @BeforeEach
    void start() throws Exception {
        server = new TestServer(TestServer::draining);
        server.server.setStopAtShutdown(true);
        server.start();
        listeners = server.server.getEventListeners().size();
        hooks = hooks();
    }

    @AfterEach
    void stop() {
        server.close();
        assertFalse(ShutdownThread.isRegistered(server.server));
    }

    @Test
    void nothingKeepsThem() throws Exception {
        List<WeakReference<DrainingServerConnector>> gone = new ArrayList<>();
        for (int i = 0; i < CONNECTORS; i++) {
            gone.add(comeAndGo());
        }

        assertNothingIsLeft();
        Awaitility.await().atMost(30, TimeUnit.SECONDS).until(() -> {
            System.gc();
            return gone.stream().allMatch(connector -> connector.get() == null);
        });
    }

    /** One that is opened by hand and never started has only been closed. */
    @Test
    void nothingKeepsOneThatWasNeverStarted() throws Exception {
        DrainingServerConnector connector = new DrainingServerConnector(server.server, 1, 1);
        connector.open();
        assertEquals(hooks + 1, hooks());

        connector.close();

        assertNothingIsLeft();
    }

    /** One whose port is taken is removed without a stop, because it never ran. */
    @Test
    void nothingKeepsOneThatCouldNotBeOpened() {
        DrainingServerConnector connector = new DrainingServerConnector(server.server, 1, 1);
        connector.setReusePort(false);
        connector.setPort(server.port());
        connector.setHost("127.0.0.1");
        server.server.addConnector(connector);

        assertThrows(IOException.class, connector::start);

        server.server.removeConnector(connector);
        assertNothingIsLeft();
    }

    /** It is there again for one that comes back, and goes with the server. */
    @Test
    void aConnectorThatIsStartedAgainHasItsHookAgain() throws Exception {
        server.connector.stop();
        assertEquals(hooks - 1, hooks());

        server.connector.start();

        assertEquals(hooks, hooks());
        server.server.stop();
        assertFalse(ShutdownThread.isRegistered(server.server));
        assertTrue(hooks() < hooks);
    }

    private WeakReference<DrainingServerConnector> comeAndGo() throws Exception {
        DrainingServerConnector connector = new DrainingServerConnector(server.server, 1, 1);
        connector.setHost("127.0.0.1");
        server.server.addConnector(connector);
        connector.start();
        try (TestClient client = TestClient.connect(connector.getLocalPort())) {
            client.send("GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
            assertTrue(TestClient.isAnswered(client.readToEnd()));
        }
        connector.stop();
        server.server.removeConnector(connector);
        return new WeakReference<>(connector);
    }

    private void assertNothingIsLeft() {
        assertEquals(hooks, hooks());
        assertEquals(listeners, server.server.getEventListeners().size());
    }

    /** Jetty's thread tells only of one that one has. */
    private static int hooks() {
        try {
            Field registered = ShutdownThread.class.getDeclaredField("_lifeCycles");
            registered.setAccessible(true);
            return ((List<?>) registered.get(ShutdownThread.getInstance())).size();
        } catch (ReflectiveOperationException x) {
            throw new AssertionError(x);
        }
    }
}
