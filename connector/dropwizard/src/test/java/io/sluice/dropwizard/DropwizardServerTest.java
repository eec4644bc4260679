package io.sluice.dropwizard;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.dropwizard.core.server.AbstractServerFactory;
import io.dropwizard.core.server.ServerFactory;
import io.dropwizard.core.setup.Environment;
import io.dropwizard.lifecycle.Managed;
import io.dropwizard.request.logging.LogbackAccessRequestLogFactory;
import io.sluice.DrainReport;
import io.sluice.DrainStrategy;
import io.sluice.DrainingServerConnector;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.net.SocketFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.Server;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Servers as Dropwizard builds and stops them: with its pools, its GracefulHandler and its grace period. */
@Timeout(60)
class DropwizardServerTest {
    private static final String LOOPBACK = "port: 0, bindHost: 127.0.0.1";
    private static final int LIMIT_MILLIS = 10_000;

    private final SlowResource resource = new SlowResource();
    private Server server;

    @AfterEach
    void stop() throws Exception {
        resource.mayAnswer.countDown();
        if (server != null) {
            server.stop();
        }
    }

    @Test
    void theApplicationAndTheAdminConnectorDrain() throws Exception {
        start("""
                server:
                  applicationConnectors: [{type: sluice-http, %s}]
                  adminConnectors: [{type: sluice-http, %s}]
                """.formatted(LOOPBACK, LOOPBACK));
        resource.mayAnswer.countDown();
        assertTrue(get(port(0), "/").startsWith("HTTP/1.1 200 "));
        assertTrue(get(port(1), "/ping").startsWith("HTTP/1.1 200 "));

        server.stop();

        assertDrained(2);
    }

    /** One connector for both. */
    @Test
    void theConnectorOfASimpleServerDrains() throws Exception {
        start("server: {type: simple, connector: {type: sluice-http, %s}}".formatted(LOOPBACK));
        resource.mayAnswer.countDown();
        assertTrue(get(port(0), "/application/").startsWith("HTTP/1.1 200 "));
        assertTrue(get(port(0), "/admin/ping").startsWith("HTTP/1.1 200 "));

        server.stop();

        assertDrained(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"30 s", "0 s"})
    void aRequestThatIsUnderWayIsAnsweredWhateverTheGracePeriod(String gracePeriod) throws Exception {
        start("server: {shutdownGracePeriod: %s, applicationConnectors: [{type: sluice-http, %s}], adminConnectors: []}"
                .formatted(gracePeriod, LOOPBACK));
        try (Socket client = request(SocketFactory.getDefault(), port(0), "/", "")) {
            assertTrue(resource.begun.await(LIMIT_MILLIS, TimeUnit.MILLISECONDS));
            Thread stop = new Thread(this::stopServer);
            stop.start();
            awaitClosedListener();
            resource.mayAnswer.countDown();

            String answer = answer(client);
            assertTrue(answer.startsWith("HTTP/1.1 200 "), answer);
            assertTrue(answer.contains("Connection: close"), answer);
            assertTrue(answer.endsWith("ok"), answer);
            stop.join(LIMIT_MILLIS);
        }
        assertDrained(1);
        assertEquals(1, connector(0).getLastDrainReport().answered());
    }

    @Test
    void tlsDrains(@TempDir java.nio.file.Path dir) throws Exception {
        java.nio.file.Path store = keyStore(dir);
        start("server: {applicationConnectors: [{type: sluice-https, %s, keyStorePath: '%s', keyStoreType: PKCS12,"
                        .formatted(LOOPBACK, store)
                + " keyStorePassword: changeit, disableSniHostCheck: true}], adminConnectors: []}");
        try (Socket client = request(trusting(store), port(0), "/", "")) {
            assertTrue(resource.begun.await(LIMIT_MILLIS, TimeUnit.MILLISECONDS));
            Thread stop = new Thread(this::stopServer);
            stop.start();
            awaitClosedListener();
            resource.mayAnswer.countDown();

            String answer = answer(client);
            assertTrue(answer.startsWith("HTTP/1.1 200 "), answer);
            stop.join(LIMIT_MILLIS);
        }
        assertDrained(1);
        assertEquals(1, connector(0).getLastDrainReport().answered());
    }

    /**
     * Two servers share their ports, as two processes do: the admin port is no obstacle either. Dropwizard has listeners
     * opened first of all, by its SetUIDListener; on a port that is served the successor's open last all the same.
     */
    @Test
    void aSuccessorStartsOnTheSamePorts() throws Exception {
        start(
                "server: {applicationConnectors: [{type: sluice-http, %1$s}], adminConnectors: [{type: sluice-http, %1$s}]}"
                        .formatted(LOOPBACK));
        resource.mayAnswer.countDown();
        Server first = server;
        try {
            assertEquals(List.of(false, false), openDuringStart(port(0), port(1)));
        } finally {
            first.stop();
        }
        for (int i = 0; i < 8; i++) {
            assertTrue(get(port(0), "/").startsWith("HTTP/1.1 200 "));
            assertTrue(get(port(1), "/ping").startsWith("HTTP/1.1 200 "));
        }
    }

    /** Starts a server; whether each of its two connectors was open when the application's own part of the start ran. */
    private List<Boolean> openDuringStart(int applicationPort, int adminPort) throws Exception {
        List<Boolean> open = new ArrayList<>();
        Environment environment = new Environment("test");
        environment.lifecycle().manage(new Managed() {
            @Override
            public void start() {
                open.add(connector(0).isOpen());
                open.add(connector(1).isOpen());
            }
        });
        build(
                ("server: {applicationConnectors: [{type: sluice-http, bindHost: 127.0.0.1, port: %d}],"
                                + " adminConnectors: [{type: sluice-http, bindHost: 127.0.0.1, port: %d}]}")
                        .formatted(applicationPort, adminPort),
                environment);
        server.start();
        return open;
    }

    /** Dropwizard's JNA is enough for the native strategies: one that cannot work would be an error at start. */
    @Test
    @EnabledOnOs(OS.LINUX)
    void theNativeStrategiesWorkWithDropwizardsJna() throws Exception {
        start("server: {applicationConnectors: [{type: sluice-http, %s, drainStrategy: gate}], adminConnectors: []}"
                .formatted(LOOPBACK));

        assertEquals(DrainStrategy.GATE, connector(0).getDrainStrategyInUse());
    }

    /** What only the connector can see is refused when it starts. */
    @Test
    void valuesThatContradictEachOtherAreExplained() {
        Exception refused = assertThrows(
                Exception.class,
                () -> start(
                        "server: {applicationConnectors: [{type: sluice-http, %s, drainSettle: 1 s, drainTimeout: 1 s}]}"
                                .formatted(LOOPBACK)));

        assertEquals("drainSettle is 1000 ms; allowed is less than drainTimeout, 1000 ms", refused.getMessage());
    }

    private void start(String yaml) throws Exception {
        build(yaml, new Environment("test"));
        server.start();
    }

    private void build(String yaml, Environment environment) throws Exception {
        ServerFactory factory = Yaml.configuration(yaml).getServerFactory();
        environment.jersey().register(resource);
        LogbackAccessRequestLogFactory quiet = new LogbackAccessRequestLogFactory();
        quiet.setAppenders(List.of());
        ((AbstractServerFactory) factory).setRequestLogFactory(quiet);
        server = factory.build(environment);
    }

    private DrainingServerConnector connector(int index) {
        return (DrainingServerConnector) server.getConnectors()[index];
    }

    private int port(int index) {
        return connector(index).getLocalPort();
    }

    private void awaitClosedListener() throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(LIMIT_MILLIS);
        while (connector(0).isOpen()) {
            assertTrue(System.nanoTime() < end, "the listener is still open");
            TimeUnit.MILLISECONDS.sleep(1);
        }
    }

    /** Each connector has a report, without a loss. */
    private void assertDrained(int connectors) {
        assertEquals(connectors, server.getConnectors().length);
        for (Connector connector : server.getConnectors()) {
            DrainReport report = ((DrainingServerConnector) connector).getLastDrainReport();
            assertNotNull(report);
            assertEquals(DrainReport.Reason.SERVER_STOP, report.reason());
            assertTrue(report.isLossless(), report::toString);
        }
        assertFalse(server.isRunning());
    }

    private void stopServer() {
        try {
            server.stop();
        } catch (Exception x) {
            throw new IllegalStateException(x);
        }
    }

    private static String get(int port, String path) throws IOException {
        try (Socket client = request(SocketFactory.getDefault(), port, path, "Connection: close\r\n")) {
            return answer(client);
        }
    }

    private static Socket request(SocketFactory sockets, int port, String path, String header) throws IOException {
        Socket client = sockets.createSocket();
        client.setSoTimeout(LIMIT_MILLIS);
        client.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), LIMIT_MILLIS);
        OutputStream out = client.getOutputStream();
        out.write("GET %s HTTP/1.1\r\nHost: localhost\r\n%s\r\n"
                .formatted(path, header)
                .getBytes(StandardCharsets.US_ASCII));
        return client;
    }

    private static String answer(Socket client) throws IOException {
        InputStream in = client.getInputStream();
        return new String(in.readAllBytes(), StandardCharsets.US_ASCII);
    }

    private static java.nio.file.Path keyStore(java.nio.file.Path dir) throws Exception {
        java.nio.file.Path store = dir.resolve("localhost.p12");
        Process keytool = new ProcessBuilder(
                        java.nio.file.Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-genkeypair",
                        "-keystore",
                        store.toString(),
                        "-storetype",
                        "PKCS12",
                        "-storepass",
                        "changeit",
                        "-alias",
                        "localhost",
                        "-keyalg",
                        "EC",
                        "-dname",
                        "CN=localhost")
                .inheritIO()
                .start();
        assertTrue(keytool.waitFor(30, TimeUnit.SECONDS) && keytool.exitValue() == 0);
        return store;
    }

    private static SocketFactory trusting(java.nio.file.Path store) throws Exception {
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(store)) {
            trusted.load(in, "changeit".toCharArray());
        }
        TrustManagerFactory managers = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        managers.init(trusted);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, managers.getTrustManagers(), null);
        return context.getSocketFactory();
    }

    /** Answers when it may. */
    @Path("/")
    public static final class SlowResource {
        private final CountDownLatch begun = new CountDownLatch(1);
        private final CountDownLatch mayAnswer = new CountDownLatch(1);

        /** Waits, then says ok. */
        @GET
        public String ok() throws InterruptedException {
            begun.countDown();
            assertTrue(mayAnswer.await(LIMIT_MILLIS, TimeUnit.MILLISECONDS));
            return "ok";
        }
    }
}
