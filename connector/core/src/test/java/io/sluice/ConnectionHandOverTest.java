package io.sluice;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.internal.handover.Member;
import io.sluice.linux.Descriptor;
import io.sluice.linux.TestDescriptors;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.awaitility.Awaitility;
import org.eclipse.jetty.http2.server.HTTP2CServerConnectionFactory;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.io.SelectorManager;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.LowResourceMonitor;
import org.eclipse.jetty.server.NetworkConnectionLimit;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.handler.GracefulHandler;
import org.eclipse.jetty.util.component.LifeCycle;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Open connections that go from one connector to another; those of this test are in one process. */
@Timeout(60)
@EnabledOnOs(OS.LINUX)
class ConnectionHandOverTest {
    private static final ExecutorService CLIENTS = Executors.newCachedThreadPool();

    private static final int HAND_OVERS = Integer.getInteger("sluice.handOvers", 20);
    private static final String CONTINUE = "HTTP/1.1 100 Continue\r\n\r\n";

    private final List<AutoCloseable> opened = new ArrayList<>();
    private final AtomicInteger servedByOther = new AtomicInteger();
    private TestServer old;
    private TestServer other;

    @AfterAll
    static void endClients() {
        CLIENTS.shutdownNow();
    }

    @BeforeEach
    void makeServers() throws Exception {
        old = server();
        other = server().onRequest(request -> servedByOther.incrementAndGet());
    }

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable each : opened) {
            each.close();
        }
    }

    /** Its client sees nothing at all, and the stop does not wait for it. */
    @Test
    void anIdleConnectionGoesOn() throws Exception {
        old.start();
        TestClient client = connect();
        assertAnswered(client);
        startOther();
        long begin = System.nanoTime();
        old.server.stop();
        long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin);

        for (int i = 1; i <= 3; i++) {
            assertAnswered(client);
            assertEquals(i, servedByOther.get());
        }
        assertEquals(1, old.report().connectionsHandedOver(), old.report()::toJson);
        assertEquals(0, old.report().idleClosed(), old.report()::toJson);
        assertTrue(old.report().isLossless(), old.report()::toJson);
        assertTrue(millis < 500, "less than keepAliveGrace: " + millis);
    }

    /** To the application it is its client's, as before. */
    @Test
    void itsAddressesAreItsOwn() throws Exception {
        BlockingQueue<List<String>> seen = new LinkedBlockingQueue<>();
        TestServer.RequestHook hook = request -> seen.add(List.of(
                Request.getRemoteAddr(request) + ':' + Request.getRemotePort(request),
                String.valueOf(request.getConnectionMetaData().getRemoteSocketAddress()),
                String.valueOf(request.getConnectionMetaData().getLocalSocketAddress())));
        old.onRequest(hook);
        other.onRequest(hook);
        old.start();
        TestClient client = connect();
        assertAnswered(client);
        stopOld();
        assertAnswered(client);

        assertEquals(seen.take(), seen.take());
    }

    /** A connection that was adopted can be given away like any other: a rolling restart has more than one step. */
    @Test
    void itGoesOnAgainAndAgain() throws Exception {
        old.start();
        TestClient client = connect();
        assertAnswered(client);
        stopOld();
        assertAnswered(client);
        for (int i = 0; i < 5; i++) {
            old = other;
            other = server();
            stopOld();
            assertEquals(1, old.report().connectionsHandedOver(), old.report()::toJson);
            assertAnswered(client);
        }
    }

    /** The request is answered here, without the end of the connection, which goes on then. */
    @Test
    void aRequestInFlightIsAnsweredFirst() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch answer = new CountDownLatch(1);
        old.onRequest(request -> {
            begun.countDown();
            answer.await();
        });
        old.start();
        TestClient client = connect();
        client.send(TestClient.GET);
        begun.await();
        Thread stop = stopOldInThread();
        answer.countDown();
        String response = client.readResponse();
        stop.join();

        assertTrue(TestClient.isAnswered(response), response);
        assertFalse(TestClient.saysClose(response), response);
        assertAnswered(client);
        assertEquals(1, servedByOther.get());
        assertEquals(1, old.report().connectionsHandedOver(), old.report()::toJson);
    }

    /** One that ends when it is told of the stop is told at once, and its connection goes on all the same. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aLongRequestIsToldOfTheStop(boolean byHandler) throws Exception {
        old.withGracefulHandler();
        GracefulHandler graceful = old.server.getDescendant(GracefulHandler.class);
        CountDownLatch begun = new CountDownLatch(1);
        old.onRequest(request -> {
            begun.countDown();
            Awaitility.await().until(() -> byHandler ? graceful.isShutdown() : old.connector.isShutdown());
        });
        old.start();
        TestClient client = connect();
        client.send(TestClient.GET);
        begun.await();
        Thread stop = stopOldInThread();

        String response = client.readResponse();
        assertTrue(TestClient.isAnswered(response), response);
        assertFalse(TestClient.saysClose(response), response);
        stop.join();
        assertAnswered(client);
        assertEquals(1, servedByOther.get());
        assertTrue(old.report().untilAnswered().toMillis() < 900, old.report()::toJson); // Not keepAliveGrace.
    }

    /** What was read together is answered together; the rest goes with the connection. */
    @Test
    void pipelinedRequestsAreAnsweredOnce() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch answer = new CountDownLatch(1);
        AtomicInteger servedByOld = new AtomicInteger();
        old.onRequest(request -> {
            servedByOld.incrementAndGet();
            begun.countDown();
            answer.await();
        });
        old.start();
        TestClient client = connect();
        client.send(TestClient.GET + TestClient.GET + TestClient.GET);
        begun.await();
        Thread stop = stopOldInThread();
        client.send(TestClient.GET + TestClient.GET);
        answer.countDown();
        for (int i = 0; i < 5; i++) {
            String response = client.readResponse();
            assertTrue(TestClient.isAnswered(response), response);
            assertFalse(TestClient.saysClose(response), response);
        }
        stop.join();

        assertTrue(client.isLeftAlone(200));
        assertEquals(3, servedByOld.get());
        assertEquals(2, servedByOther.get());
    }

    /** Jetty would read on at once: it still has the buffer. */
    @Test
    void whatComesBehindABodyIsServedElsewhere() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch answer = new CountDownLatch(1);
        AtomicInteger servedByOld = new AtomicInteger();
        old.onRequest(request -> {
            servedByOld.incrementAndGet();
            begun.countDown();
            answer.await();
        });
        old.start();
        TestClient client = connect();
        client.send("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\n\r\nbody");
        begun.await();
        Thread stop = stopOldInThread();
        client.send(TestClient.GET);
        answer.countDown();

        assertTrue(TestClient.isAnswered(client.readResponse()));
        assertTrue(TestClient.isAnswered(client.readResponse()));
        stop.join();
        assertEquals(1, servedByOld.get());
        assertEquals(1, servedByOther.get());
    }

    /** Its client waits for a word before it sends the body: to this server it has begun. */
    @Test
    void aRequestThatExpectsAContinueIsAnsweredFirst() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch read = new CountDownLatch(1);
        old.onRequest(request -> {
            begun.countDown();
            read.await();
            assertEquals("body", Content.Source.asString(request));
        });
        old.start();
        TestClient client = connect();
        client.send("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n");
        begun.await();
        Thread stop = stopOldInThread();
        read.countDown();
        String interim = new String(client.in().readNBytes(CONTINUE.length()), StandardCharsets.US_ASCII);
        client.send("body");

        assertEquals(CONTINUE, interim);
        assertTrue(TestClient.isAnswered(client.readResponse()));
        stop.join();
        assertAnswered(client);
        assertEquals(1, servedByOther.get());
    }

    /** Half of it has been sent, and half of it read, when the listener goes. */
    @Test
    void aLargeUploadIsAnsweredFirst() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        AtomicLong received = new AtomicLong();
        old.onRequest(request -> {
            begun.countDown();
            received.set(Content.Source.asInputStream(request).readAllBytes().length);
        });
        int half = 4 << 20;
        old.start();
        TestClient client = connect();
        client.send("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n".formatted(2 * half));
        client.send(new byte[half]);
        begun.await();
        Thread stop = stopOldInThread();
        client.send(new byte[half]);

        String response = client.readResponse();
        assertTrue(TestClient.isAnswered(response) && !TestClient.saysClose(response), response);
        stop.join();
        assertEquals(2 * half, received.get());
        assertAnswered(client);
        assertEquals(1, old.report().connectionsHandedOver(), old.report()::toJson);
    }

    /** Clients that go in that moment, politely or not, harm nobody else. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void clientsMayLeaveMeanwhile(boolean rudely) throws Exception {
        old.start();
        List<TestClient> stay = new ArrayList<>();
        List<TestClient> go = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            TestClient client = connect();
            assertAnswered(client);
            (i % 2 == 0 ? stay : go).add(client);
        }
        startOther();
        Stopping stopping = Stopping.server(old);
        for (TestClient client : go) {
            if (rudely) {
                client.reset();
            } else {
                client.close();
            }
        }
        stopping.millis();

        for (TestClient client : stay) {
            assertAnswered(client);
        }
        assertTrue(old.report().isLossless(), old.report()::toJson);
        Awaitility.await().until(() -> other.connector.getConnectedEndPoints().size() == stay.size());
    }

    /** Half of a request has been read, so that nobody else can answer it. */
    @Test
    void halfARequestIsWaitedFor() throws Exception {
        old.start();
        TestClient client = connect();
        assertAnswered(client);
        client.send("GET / HTTP/1.1\r\n");
        TimeUnit.MILLISECONDS.sleep(100); // Until it has been read; nothing tells.
        Thread stop = stopOldInThread();
        client.send("Host: localhost\r\n\r\n");
        assertTrue(TestClient.isAnswered(client.readResponse()));
        stop.join();

        assertAnswered(client);
        assertEquals(1, servedByOther.get());
    }

    /** It waits for its first request. */
    @Test
    void aConnectionWithoutARequestGoesOn() throws Exception {
        old.start();
        TestClient client = connect();
        Awaitility.await().until(() -> !old.connector.getConnectedEndPoints().isEmpty());
        stopOld();

        assertAnswered(client);
    }

    /** Its client has said that it sends nothing more, and gets what it has asked for. */
    @Test
    void aHalfClosedClientGetsItsAnswer() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch answer = new CountDownLatch(1);
        old.onRequest(request -> {
            begun.countDown();
            answer.await();
        });
        old.start();
        TestClient client = connect();
        client.send(TestClient.GET);
        begun.await();
        Thread stop = stopOldInThread();
        client.shutDownOutput();
        answer.countDown();

        String response = client.readToEnd();
        assertTrue(TestClient.isAnswered(response), response);
        stop.join();
        assertTrue(old.report().isLossless(), old.report()::toJson);
    }

    @Test
    void nothingGoesOnIfItIsNotWanted() throws Exception {
        ((DrainingServerConnector) old.connector).setHandOverConnections(false);
        old.start();
        TestClient client = connect();
        assertAnswered(client);
        stopOld();

        assertEquals("", client.readToEnd());
        assertEquals(0, old.report().connectionsHandedOver(), old.report()::toJson);
        assertEquals(1, old.report().idleClosed(), old.report()::toJson);
    }

    /** As frameworks have them, which count or time what goes over a connection: the connection inside is Jetty's. */
    @Test
    void aFactoryOfAnotherClassMakesItAsWell() throws Exception {
        for (TestServer server : List.of(old, other)) {
            server.connector.setConnectionFactories(List.of(new TimedHttp()));
        }
        old.start();
        TestClient client = connect();
        assertAnswered(client);
        stopOld();

        assertAnswered(client);
        assertEquals(1, old.report().connectionsHandedOver(), old.report()::toJson);
    }

    private static final class TimedHttp extends HttpConnectionFactory {}

    /** An allow list would be asked for an address that is not the client's. */
    @Test
    void nothingGoesOnWhereAnAcceptListenerLooks() throws Exception {
        other.connector.addBean(new SelectorManager.AcceptListener() {});
        old.start();
        TestClient client = connect();
        assertAnswered(client);
        stopOld();

        assertEquals("", client.readToEnd());
        assertEquals(0, old.report().connectionsHandedOver(), old.report()::toJson);
    }

    /** Ten go through five processes, and are closed by their clients: no descriptor is left, nor a thread. */
    @Test
    void nothingIsLeftOfThem() throws Exception {
        old.start();
        for (int i = 0; i < 10; i++) {
            assertAnswered(connect());
        }
        stopOld();
        int before = TestDescriptors.count();
        for (int i = 0; i < 5; i++) {
            old = other;
            other = server();
            stopOld();
            assertEquals(10, old.report().connectionsHandedOver(), old.report()::toJson);
        }

        Awaitility.await().atMost(5, TimeUnit.SECONDS).until(() -> TestDescriptors.count() <= before + 5);
        Awaitility.await().atMost(5, TimeUnit.SECONDS).until(() -> Thread.getAllStackTraces().keySet().stream()
                .noneMatch(thread -> thread.getName().equals("sluice-adopter")));
    }

    /** Of several, the one that has started last: it has no connections yet, and the one that has the listener stops next. */
    @Test
    void theYoungestGetsThem() throws Exception {
        AtomicInteger servedByYoungest = new AtomicInteger();
        old.start();
        List<TestClient> clients = List.of(connect(), connect());
        for (TestClient client : clients) {
            assertAnswered(client);
        }
        startOther();
        Awaitility.await()
                .until(() ->
                        !((DrainingServerConnector) old.connector).getKeeper().isEmpty());
        TestServer youngest = server().onRequest(request -> servedByYoungest.incrementAndGet());
        youngest.connector.setPort(old.port());
        youngest.start();
        old.server.stop();

        for (TestClient client : clients) {
            assertAnswered(client);
        }
        assertEquals(2, servedByYoungest.get());
        assertEquals(1, ((DrainingServerConnector) other.connector).getAdopted());
    }

    /** One that speaks something else must not get it. */
    @Test
    void onlyOneOfTheSameProtocolsTakesIt() throws Exception {
        other.connector.addConnectionFactory(new HTTP2CServerConnectionFactory(new HttpConfiguration()));
        old.start();
        TestClient client = connect();
        assertAnswered(client);
        stopOld();

        assertEquals("", client.readToEnd());
        assertEquals(1, old.report().handedOver(), old.report()::toJson);
        assertEquals(0, old.report().connectionsHandedOver(), old.report()::toJson);
    }

    /** The application has tied something to the connection, which no other process has. */
    @Test
    void aConnectionWithAttributesStays() throws Exception {
        old.onRequest(request -> request.getConnectionMetaData().setAttribute("user", "somebody"));
        old.start();
        TestClient client = connect();
        assertAnswered(client);
        stopOld();

        assertEquals("", client.readToEnd());
        assertEquals(0, old.report().connectionsHandedOver(), old.report()::toJson);
    }

    /** As many as the other has room for go on, and the others end as they would without it. */
    @Test
    void thereMayBeRoomForSome() throws Exception {
        other.connector.addBean(new NetworkConnectionLimit(3, other.connector));
        old.start();
        List<TestClient> clients = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            clients.add(connect());
            assertAnswered(clients.get(i));
        }
        stopOld();

        assertEquals(3, old.report().connectionsHandedOver(), old.report()::toJson);
        assertEquals(2, old.report().idleClosed(), old.report()::toJson);
        int answered = 0;
        for (TestClient client : clients) {
            client.send(TestClient.GET);
            answered += client.readToEnd(500).startsWith("HTTP/1.1 200") ? 1 : 0;
        }
        assertEquals(3, answered);
    }

    /** Its operator has it accept nothing while it is short of memory or threads. */
    @Test
    void nothingGoesOnWhereResourcesAreLow() throws Exception {
        LowResourceMonitor monitor = new LowResourceMonitor(other.server);
        monitor.setLowResourceChecks(Set.of(new AlwaysLow()));
        monitor.setAcceptingInLowResources(false);
        monitor.setPeriod(10);
        old.start();
        TestClient client = connect();
        assertAnswered(client);
        startOther();
        other.server.addManaged(monitor); // Which starts it.
        Awaitility.await().until(() -> !other.connector.isAccepting());
        old.server.stop();

        assertEquals("", client.readToEnd());
        assertEquals(0, old.report().connectionsHandedOver(), old.report()::toJson);
        assertEquals(1, old.report().idleClosed(), old.report()::toJson);
    }

    private static final class AlwaysLow implements LowResourceMonitor.LowResourceCheck {
        @Override
        public boolean isLowOnResources() {
            return true;
        }

        @Override
        public String getReason() {
            return "test";
        }
    }

    /** To the one that goes on it is a new connection; to the other it is one that ends. */
    @Test
    void connectionListenersSeeIt() throws Exception {
        AtomicInteger openedByOther = new AtomicInteger();
        AtomicInteger closedByOld = new AtomicInteger();
        old.connector.addEventListener(new Connection.Listener() {
            @Override
            public void onClosed(Connection connection) {
                closedByOld.incrementAndGet();
            }
        });
        BlockingQueue<InetSocketAddress> clients = new LinkedBlockingQueue<>();
        other.connector.addEventListener(new Connection.Listener() {
            @Override
            public void onOpened(Connection connection) {
                openedByOther.incrementAndGet();
                clients.add((InetSocketAddress) connection.getEndPoint().getRemoteSocketAddress());
            }
        });
        old.start();
        TestClient client = connect();
        assertAnswered(client);
        stopOld();
        assertAnswered(client);

        assertEquals(1, openedByOther.get());
        assertEquals(1, closedByOld.get());
        assertEquals(client.localPort(), clients.take().getPort());
        client.close();
        Awaitility.await().until(() -> other.connector.getConnectedEndPoints().isEmpty());
    }

    /** Listeners hear how many there are, once. */
    @Test
    void whatGoesOnIsTold() throws Exception {
        BlockingQueue<Adoption> adoptions = new LinkedBlockingQueue<>();
        other.connector.addEventListener(new DrainListener() {
            @Override
            public void onAdopted(DrainingServerConnector connector, Adoption adoption) {
                adoptions.add(adoption);
            }
        });
        old.start();
        for (int i = 0; i < 300; i++) { // More than go in one message.
            assertAnswered(connect());
        }
        stopOld();

        long pid = ProcessHandle.current().pid();
        assertEquals(Adoption.ofListeners(pid, 1, 0, false), adoptions.poll(5, TimeUnit.SECONDS));
        assertEquals(Adoption.ofConnections(pid, 300, 0), adoptions.poll(5, TimeUnit.SECONDS));
        assertEquals(300, old.report().connectionsHandedOver());
        assertEquals(
                "{\"from\":%d,\"listeners\":0,\"connections\":300,\"crashed\":false,\"queued\":0,\"lost\":0}"
                        .formatted(pid),
                Adoption.ofConnections(pid, 300, 0).toJson());
    }

    /** Idle timeouts are the other's from then on. */
    @Test
    void itIsClosedWhenItIsIdleForTooLong() throws Exception {
        other.connector.setIdleTimeout(300);
        old.start();
        TestClient client = connect();
        assertAnswered(client);
        stopOld();

        assertEquals("", client.readToEnd(5000));
    }

    /** One that refuses them, one that has no room for any, and one that is stopped before it answers: nobody is lost. */
    @ParameterizedTest
    @ValueSource(strings = {"refuses", "has no room", "is slow"})
    void whatNobodyTakesComesBack(String taker) throws Exception {
        ((DrainingServerConnector) old.connector).setKeepAliveGrace(3000);
        old.start();
        opened.add(Member.join(old.port(), new BadTaker(taker)));
        List<TestClient> clients = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            clients.add(connect());
            assertAnswered(clients.get(i));
        }
        Thread stop = new Thread(() -> LifeCycle.stop(old.server));
        stop.start();
        Awaitility.await().until(() -> !old.connector.isOpen());
        for (TestClient client : clients) {
            client.send(TestClient.GET);
            assertTrue(TestClient.isAnswered(client.readResponse()));
        }
        stop.join();

        assertEquals(1, old.report().handedOver(), old.report()::toJson);
        assertEquals(0, old.report().connectionsHandedOver(), old.report()::toJson);
        assertTrue(old.report().isLossless(), old.report()::toJson);
    }

    /** Clients that never pause, through many stops: each request is served once, by whichever server, on one connection. */
    @Test
    void everyRequestIsServedOnce() throws Exception {
        Map<String, AtomicInteger> served = new ConcurrentHashMap<>();
        TestServer.RequestHook count =
                request -> served.computeIfAbsent(request.getHttpURI().getPath(), path -> new AtomicInteger())
                        .incrementAndGet();
        old.onRequest(count);
        old.start();
        AtomicBoolean over = new AtomicBoolean();
        List<CompletableFuture<Integer>> clients = new ArrayList<>();
        for (int i = 0; i < 16; i++) {
            TestClient client = connect();
            String name = "/" + i + "/";
            clients.add(CompletableFuture.supplyAsync(() -> requestsUntil(over, client, name), CLIENTS));
        }
        for (int i = 0; i < HAND_OVERS; i++) {
            other.onRequest(count);
            stopOld();
            assertTrue(old.report().isLossless(), old.report()::toJson);
            assertEquals(16, old.report().connectionsHandedOver(), old.report()::toJson);
            old = other;
            other = server();
        }
        over.set(true);
        int answered = 0;
        for (CompletableFuture<Integer> client : clients) {
            answered += client.get();
        }

        System.out.printf("%d requests through %d stops%n", answered, HAND_OVERS);
        assertEquals(answered, served.size());
        assertTrue(served.values().stream().allMatch(times -> times.get() == 1));
    }

    private static int requestsUntil(AtomicBoolean over, TestClient client, String name) {
        try {
            int requests = 0;
            while (!over.get()) {
                client.send("GET %s%d HTTP/1.1\r\nHost: localhost\r\n\r\n".formatted(name, requests));
                String response = client.readResponse();
                assertTrue(TestClient.isAnswered(response) && !TestClient.saysClose(response), response);
                requests++;
            }
            return requests;
        } catch (IOException x) {
            throw new UncheckedIOException(x);
        }
    }

    /** Takes listeners, but no connections. */
    private record BadTaker(String kind) implements Member.Holder, Member.Adopter {
        @Override
        public boolean take(List<Descriptor> listeners, long pid) {
            return true;
        }

        @Override
        public Optional<Member.Adopter> adopter(String speaks, long pid) {
            return kind.equals("refuses") ? Optional.empty() : Optional.of(this);
        }

        @Override
        public int prepare(List<Descriptor> connections) {
            if (kind.equals("is slow")) {
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1500));
                return connections.size();
            }
            return 0;
        }

        @Override
        public void serve() {
            throw new IllegalStateException("it has been told in time");
        }

        @Override
        public void close() {}
    }

    private TestServer server() {
        TestServer server = new TestServer(TestServer::draining);
        opened.add(server);
        return server;
    }

    /** Not earlier, because the kernel would give it some of the clients. */
    private void startOther() throws Exception {
        other.connector.setPort(old.port());
        other.start();
    }

    private void stopOld() throws Exception {
        startOther();
        old.server.stop();
    }

    /** Until the other one has the listener. */
    private Thread stopOldInThread() throws Exception {
        startOther();
        Thread thread = new Thread(() -> LifeCycle.stop(old.server));
        thread.start();
        Awaitility.await().until(() -> ((DrainingServerConnector) other.connector).getAdopted() == 1);
        TimeUnit.MILLISECONDS.sleep(50); // The other one may take connections by then.
        return thread;
    }

    private TestClient connect() throws Exception {
        TestClient client = TestClient.connect(old.port());
        opened.add(client);
        return client;
    }

    private static void assertAnswered(TestClient client) throws Exception {
        client.send(TestClient.GET);
        String response = client.readResponse();
        assertTrue(TestClient.isAnswered(response), response);
        assertFalse(TestClient.saysClose(response), response);
    }
}
