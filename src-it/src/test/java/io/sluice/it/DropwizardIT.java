package io.sluice.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.examples.rolling.ClosedLoop;
import io.sluice.examples.rolling.WorkerProcess;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Processes of a Dropwizard application that share their ports, restarted one after another under load. */
@Timeout(180)
class DropwizardIT {
    private static final Path JAR = Path.of(System.getProperty("sluice.dropwizard"));
    private static final Path CONFIG = Path.of(System.getProperty("sluice.dropwizard.config"));
    private static final int CLIENTS = 8;
    private static final Duration REQUEST_LIMIT = Duration.ofSeconds(10);
    private static final Duration DELAY = Duration.ofMillis(50);

    private final Deque<WorkerProcess> processes = new ArrayDeque<>();
    private InetSocketAddress address;
    private int adminPort;

    @BeforeEach
    void choosePorts() throws IOException {
        try (ServerSocket application = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                ServerSocket admin = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            address = new InetSocketAddress(InetAddress.getLoopbackAddress(), application.getLocalPort());
            adminPort = admin.getLocalPort();
        }
    }

    @AfterEach
    void stopAll() {
        processes.forEach(WorkerProcess::close);
    }

    /** Nobody is reset, refused or answered 503. */
    @Test
    void nobodyNoticesARestart() throws Exception {
        Losses losses = restartUnderLoad(5, JAR, "sluice-http");

        assertEquals(0, losses.all(), losses::toString);
        assertEquals(CLIENTS, losses.busy.connections(), losses::toString); // Each goes on in the next process.
        assertEquals(CLIENTS, losses.idle.connections(), losses::toString);
    }

    /**
     * Dropwizard's own connector has no property for SO_REUSEPORT: a type of the test's own sets it, and changes nothing
     * else. The test above sees what is lost then.
     */
    @Test
    void dropwizardsOwnConnectorLosesThem(@TempDir Path dir) throws Exception {
        Losses losses = restartUnderLoad(3, withSharedPort(dir), "shared-http");

        assertTrue(losses.all() > 0, losses::toString);
    }

    /**
     * Restarts two processes under three loads at once: short connections, and kept ones that are busy with one request
     * after another or idle most of the time.
     */
    private Losses restartUnderLoad(int restarts, Path jar, String type) throws Exception {
        startTwo(jar, type);
        try (ClosedLoop once = ClosedLoop.start(address, CLIENTS, REQUEST_LIMIT);
                KeepAliveLoop busy = KeepAliveLoop.start(address, CLIENTS, Duration.ZERO, REQUEST_LIMIT);
                KeepAliveLoop idle = KeepAliveLoop.start(address, CLIENTS, Duration.ofMillis(300), REQUEST_LIMIT)) {
            restart(restarts, jar, type, idle::requests);
            return new Losses(once.stop(), busy.stop(), idle.stop());
        }
    }

    private record Losses(ClosedLoop.Result once, KeepAliveLoop.Result busy, KeepAliveLoop.Result idle) {
        private int all() {
            return once.outcomes().lost()
                    + busy.outcomes().lost()
                    + idle.outcomes().lost();
        }
    }

    private void startTwo(Path jar, String type) throws Exception {
        processes.add(start(jar, type));
        processes.add(start(jar, type));
    }

    private WorkerProcess start(Path jar, String type) throws Exception {
        List<String> jvmArgs =
                new ArrayList<>(List.of("-XX:TieredStopAtLevel=1", "-Ddw.delay=" + DELAY.toMillis() + "ms"));
        for (String connector : List.of("application", "admin")) {
            String property = "-Ddw.server." + connector + "Connectors[0].";
            jvmArgs.add(property + "type=" + type);
            jvmArgs.add(property + "bindHost=127.0.0.1");
            jvmArgs.add(property + "port=" + (connector.equals("admin") ? adminPort : address.getPort()));
        }
        WorkerProcess process = WorkerProcess.start(jar, jvmArgs, List.of("server", CONFIG.toString()));
        try {
            process.awaitReady(Workers.LIMIT);
        } catch (RuntimeException | InterruptedException x) {
            process.close();
            throw x;
        }
        return process;
    }

    /** As the README says: start the new one, wait until it serves, SIGTERM to the old one. */
    private void restart(int times, Path jar, String type, LongSupplier requests) throws Exception {
        for (int i = 0; i < times; i++) {
            awaitMore(requests, 50);
            processes.add(start(jar, type));
            awaitMore(requests, 50);
            WorkerProcess oldest = processes.removeFirst();
            oldest.terminate();
            oldest.awaitExit(Workers.LIMIT);
            oldest.close();
        }
    }

    private static void awaitMore(LongSupplier requests, int more) throws InterruptedException {
        long goal = requests.getAsLong() + more;
        long end = System.nanoTime() + Workers.LIMIT.toNanos();
        while (requests.getAsLong() < goal) {
            assertTrue(System.nanoTime() < end, "the load does not get on");
            TimeUnit.MILLISECONDS.sleep(1);
        }
    }

    /** The example with one more connector type, in a jar that refers to the example's. */
    private static Path withSharedPort(Path dir) throws IOException {
        Path source = dir.resolve("SharedHttpConnectorFactory.java");
        Files.writeString(source, """
                import com.fasterxml.jackson.annotation.JsonTypeName;
                import io.dropwizard.jetty.HttpConnectorFactory;
                import org.eclipse.jetty.io.ByteBufferPool;
                import org.eclipse.jetty.server.ConnectionFactory;
                import org.eclipse.jetty.server.Server;
                import org.eclipse.jetty.server.ServerConnector;
                import org.eclipse.jetty.util.thread.Scheduler;
                import org.eclipse.jetty.util.thread.ThreadPool;

                @JsonTypeName("shared-http")
                public class SharedHttpConnectorFactory extends HttpConnectorFactory {
                    @Override
                    protected ServerConnector buildConnector(
                            Server server, Scheduler scheduler, ByteBufferPool bufferPool, String name,
                            ThreadPool threadPool, ConnectionFactory... factories) {
                        ServerConnector connector =
                                super.buildConnector(server, scheduler, bufferPool, name, threadPool, factories);
                        connector.setReusePort(true);
                        return connector;
                    }
                }
                """);
        int exit = ToolProvider.getSystemJavaCompiler()
                .run(null, null, null, "-proc:none", "-cp", JAR.toString(), "-d", dir.toString(), source.toString());
        assertEquals(0, exit);

        Manifest manifest = new Manifest();
        Attributes attributes = manifest.getMainAttributes();
        attributes.put(Attributes.Name.MANIFEST_VERSION, "1.0");
        attributes.put(Attributes.Name.MAIN_CLASS, "io.sluice.examples.dropwizard.OkApplication");
        attributes.put(Attributes.Name.CLASS_PATH, JAR.toRealPath().toUri().toString());
        Path jar = dir.resolve("shared.jar");
        try (OutputStream file = Files.newOutputStream(jar);
                JarOutputStream out = new JarOutputStream(file, manifest)) {
            out.putNextEntry(new JarEntry("SharedHttpConnectorFactory.class"));
            Files.copy(dir.resolve("SharedHttpConnectorFactory.class"), out);
            out.putNextEntry(new JarEntry("META-INF/services/io.dropwizard.jetty.ConnectorFactory"));
            out.write("SharedHttpConnectorFactory\n".getBytes(StandardCharsets.UTF_8));
        }
        return jar;
    }
}
