package io.sluice;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.eclipse.jetty.util.component.AbstractLifeCycle;

/** A server whose application is just starting. */
final class StartingServer extends AbstractLifeCycle implements AutoCloseable {
    private final CountDownLatch begun = new CountDownLatch(1);
    private final CountDownLatch end = new CountDownLatch(1);
    final TestServer server;
    private final FutureTask<TestServer> start;
    private volatile boolean failing;

    StartingServer(int port, TestServer.ConnectorMaker connector) throws Exception {
        this(connector, made -> made.connector.setPort(port));
    }

    /** Returns when its application has begun to start, which goes on at {@link #goOn}. */
    StartingServer(TestServer.ConnectorMaker connector, Consumer<TestServer> configuration) throws Exception {
        server = new TestServer(connector);
        configuration.accept(server);
        server.server.addBean(this);
        start = new FutureTask<>(server::start);
        new Thread(start, "starting").start();
        assertTrue(begun.await(30, TimeUnit.SECONDS));
    }

    @Override
    protected void doStart() throws Exception {
        begun.countDown();
        end.await();
        if (failing) {
            throw new IllegalStateException("the application does not start");
        }
    }

    void goOn() throws Exception {
        end.countDown();
        start.get(30, TimeUnit.SECONDS);
    }

    void fail() {
        failing = true;
        ExecutionException failure = assertThrows(ExecutionException.class, this::goOn);
        assertEquals("the application does not start", failure.getCause().getMessage());
    }

    @Override
    public void close() {
        end.countDown();
        server.close();
    }
}
