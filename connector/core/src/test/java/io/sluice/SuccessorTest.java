package io.sluice;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.eclipse.jetty.util.component.LifeCycle;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** An old process that is told to stop before the new one is there. */
@Timeout(60)
@EnabledOnOs(OS.LINUX)
class SuccessorTest {
    @Test
    void nobodyIsRefusedWhenTheOldOneStopsFirst() throws Exception {
        try (TestServer old = new TestServer(TestServer::draining);
                TestServer successor = new TestServer(TestServer::draining)) {
            ((DrainingServerConnector) old.connector).setWaitForSuccessor(20_000);
            old.start();
            successor.connector.setPort(old.port());
            assertEquals(1, ((DrainingServerConnector) old.connector).getMembers());
            Thread stop = new Thread(() -> LifeCycle.stop(old.server));
            stop.start();
            AtomicInteger failures = new AtomicInteger();
            Thread load = new Thread(() -> requestUntilStopped(successor, failures));
            load.start();

            TimeUnit.MILLISECONDS.sleep(300); // The time in which the new one starts.
            assertTrue(old.connector.isOpen());
            successor.start();
            stop.join();
            load.interrupt();
            load.join();

            assertEquals(0, failures.get());
            assertTrue(old.report().isLossless(), old.report().toJson());
            assertEquals(2, old.report().members());
            assertTrue(old.report().waited().toMillis() >= 300, old.report().toJson());
            assertTrue(old.report().waited().toMillis() < 10_000, old.report().toJson());
        }
    }

    private static void requestUntilStopped(TestServer successor, AtomicInteger failures) {
        int port = successor.connector.getPort();
        while (!Thread.currentThread().isInterrupted()) {
            try (TestClient client = TestClient.connect(port)) {
                client.send(TestClient.GET);
                if (!TestClient.isAnswered(client.readResponse())) {
                    failures.incrementAndGet();
                }
            } catch (Exception x) {
                failures.incrementAndGet();
            }
        }
    }

    @Test
    void withoutAGroupThereIsNobodyToWaitFor() {
        try (TestServer server = new TestServer(TestServer::draining)) {
            server.connector.setReusePort(false);
            ((DrainingServerConnector) server.connector).setWaitForSuccessor(5);

            String sentence =
                    assertThrows(IllegalArgumentException.class, server::start).getMessage();

            assertEquals(
                    "waitForSuccessor is 5 ms, but reusePort is false, so that nobody else can listen; allowed is 0",
                    sentence);
        }
    }

    @Test
    void whoCannotSeeTheOthersCannotWaitForThem() {
        try (TestServer server = new TestServer(TestServer::draining)) {
            DrainingServerConnector connector = (DrainingServerConnector) server.connector;
            connector.setDrainStrategy(DrainStrategy.TWO_PASS);
            connector.setWaitForSuccessor(5);

            String sentence =
                    assertThrows(IllegalArgumentException.class, server::start).getMessage();

            assertEquals(
                    "waitForSuccessor is 5 ms, but who else listens cannot be seen here with drainStrategy two-pass (as"
                            + " configured); allowed is 0",
                    sentence);
        }
    }
}
