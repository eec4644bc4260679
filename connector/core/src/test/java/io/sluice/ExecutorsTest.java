package io.sluice;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.eclipse.jetty.util.VirtualThreads;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.eclipse.jetty.util.thread.VirtualThreadPool;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The kinds of threads that serve requests, and of threads that accept connections. */
@Timeout(60)
class ExecutorsTest {
    private static final int CLIENTS = 30;

    /** Where the threads of requests come from. */
    enum Threads {
        NO_RESERVED_THREADS,
        RESERVED_THREADS {
            @Override
            void prepare(QueuedThreadPool pool) {
                pool.setReservedThreads(4);
            }
        },
        VIRTUAL_THREADS {
            @Override
            void prepare(QueuedThreadPool pool) {
                super.prepare(pool);
                pool.setVirtualThreadsExecutor(VirtualThreads.getDefaultVirtualThreadsExecutor());
            }
        },
        VIRTUAL_THREAD_POOL {
            @Override
            void prepare(QueuedThreadPool pool) {
                super.prepare(pool);
                pool.setVirtualThreadsExecutor(new VirtualThreadPool(8));
            }
        };

        void prepare(QueuedThreadPool pool) {
            pool.setReservedThreads(0);
        }

        boolean isVirtual() {
            return compareTo(VIRTUAL_THREADS) >= 0;
        }
    }

    static Stream<Arguments> threadsAndAcceptors() {
        return Stream.of(Threads.values())
                .flatMap(threads -> Stream.of(0, 1, 2).map(acceptors -> Arguments.of(threads, acceptors)));
    }

    /** A burst that waits in the accept queue when the server is stopped. */
    @ParameterizedTest(name = "{0}, acceptors {1}")
    @MethodSource("threadsAndAcceptors")
    void aBurstInTheQueueIsAnswered(Threads threads, int acceptors) throws Exception {
        try (TestServer server = server(threads, acceptors)) {
            server.start();
            server.connector.setAccepting(false);
            List<TestClient> clients = TestClient.connectAndSend(server.port(), CLIENTS);

            Stopping stopping = Stopping.server(server);

            assertAnswered(clients);
            assertTrue(stopping.millis() < 4000, "the stop goes on after the last answer");
            assertEquals(CLIENTS, server.report().answered(), server.report().toJson());
            assertTrue(server.report().isLossless(), server.report().toJson());
        }
    }

    /** A burst of which the first requests are being served, in the threads that the application asked for. */
    @ParameterizedTest(name = "{0}, acceptors {1}")
    @MethodSource("threadsAndAcceptors")
    void aBurstUnderWayIsAnswered(Threads threads, int acceptors) throws Exception {
        CountDownLatch serving = new CountDownLatch(1);
        Queue<Boolean> virtual = new ConcurrentLinkedQueue<>();
        try (TestServer server = server(threads, acceptors)) {
            server.onRequest(request -> {
                virtual.add(VirtualThreads.isVirtualThread());
                serving.countDown();
                TimeUnit.MILLISECONDS.sleep(20); // How long a request takes.
            });
            server.start();
            List<TestClient> clients = new ArrayList<>(TestClient.connectAndSend(server.port(), CLIENTS));
            serving.await();

            Stopping stopping = Stopping.server(server);

            assertAnswered(clients);
            assertTrue(stopping.millis() < 4000, "the stop goes on after the last answer");
            assertTrue(server.report().isLossless(), server.report().toJson());
            assertTrue(virtual.stream().allMatch(is -> is == threads.isVirtual()), virtual::toString);
        }
    }

    private static TestServer server(Threads threads, int acceptors) {
        Assumptions.assumeTrue(
                !threads.isVirtual() || VirtualThreads.areSupported(), "virtual threads come with JDK 21");
        QueuedThreadPool pool = new QueuedThreadPool(12);
        threads.prepare(pool);
        TestServer server = new TestServer(pool, running -> new DrainingServerConnector(running, acceptors, 1));
        ((DrainingServerConnector) server.connector).setKeepAliveGrace(300);
        return server.withGracefulHandler().withStopTimeout(5000);
    }

    private static void assertAnswered(List<TestClient> clients) {
        for (TestClient client : clients) {
            String response = client.readToEnd(); // Those who were answered before the drain are not told to close.
            assertTrue(TestClient.isAnswered(response), response);
        }
    }
}
