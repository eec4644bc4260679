package io.sluice.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.tools.attach.VirtualMachine;
import io.sluice.examples.rolling.ReservedPort;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.StandardSocketOptions;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.management.MBeanServerConnection;
import javax.management.ObjectName;
import javax.management.remote.JMXConnector;
import javax.management.remote.JMXConnectorFactory;
import javax.management.remote.JMXServiceURL;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The modules for a jetty base, with what Jetty's own start.jar and modules make of them. */
@Timeout(120)
class JettyModulesIT {
    @TempDir
    private static Path directory;

    private static JettyBases bases;

    @BeforeAll
    static void create() {
        bases = new JettyBases(directory);
    }

    @AfterEach
    void stopAll() {
        bases.stopAll();
    }

    /** Modules that look for the connectors by the ids httpConnector and sslConnector, or for their configurations. */
    @ParameterizedTest(name = "jetty-home {0}")
    @CsvSource({"12.1", "12.0"})
    void otherModulesWorkOnTop(String home) throws Exception {
        try (ReservedPort http = ReservedPort.any();
                ReservedPort https = ReservedPort.any()) {
            JettyBase base = bases.copy(
                    home,
                    "sluice-http,http2c,proxy-protocol,http-forwarded,graceful,jmx,sluice-ssl,https,http2,ee10-deploy");
            JettyBases.start(JettyBases.listening(http, https), base);

            assertFalse(base.output().contains("Exception"), base::output);
            assertEquals("ok %d for 192.0.2.1".formatted(base.pid()), throughAProxy(http.address(), "192.0.2.1"));
            HttpClient client =
                    HttpClient.newBuilder().sslContext(JettyBases.trust()).build();
            for (String uri : List.of(
                    "http://localhost:" + http.address().getPort(),
                    "https://localhost:" + https.address().getPort())) {
                HttpResponse<String> response = client.send(
                        HttpRequest.newBuilder(URI.create(uri))
                                .header("X-Forwarded-For", "192.0.2.2")
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
                assertEquals(HttpClient.Version.HTTP_2, response.version(), uri);
                assertEquals(
                        "ok %d for 192.0.2.2".formatted(base.pid()),
                        response.body().strip(),
                        uri);
            }
            assertEquals(2, connectorsInJmx(base.pid()));
        }
    }

    /** As Java modules: the drain steers, so that the native library works as well. */
    @Test
    void jpms() throws Exception {
        try (ReservedPort port = ReservedPort.any();
                ServerSocketChannel other = ServerSocketChannel.open()) {
            JettyBase base = bases.copy("12.1", JettyBases.EXAMPLE);
            List<String> properties = new ArrayList<>(JettyBases.listening(port));
            properties.add("--jpms");
            JettyBases.start(properties, base);
            HttpResponse<String> response = HttpClient.newHttpClient()
                    .send(
                            HttpRequest.newBuilder(URI.create(
                                            "http://127.0.0.1:" + port.address().getPort()))
                                    .build(),
                            HttpResponse.BodyHandlers.ofString());
            other.setOption(StandardSocketOptions.SO_REUSEPORT, true).bind(port.address()); // Somebody to steer to.
            long pid = base.pid();
            base.stop(JettyBase.Stop.SIGTERM);

            assertEquals("ok %d for 127.0.0.1".formatted(pid), response.body().strip());
            JettyBases.assertNobodyWasLost(1, base);
            assertTrue(base.drains().get(0).contains("\"strategy\":\"steer\""), base::output);
        }
    }

    /** The module for load balancers, beside the one for systemd, which nobody has started here; as Java modules too. */
    @ParameterizedTest(name = "jetty-home {0} {1}")
    @CsvSource({"12.1, --jpms", "12.0, ''"})
    void theReadinessPortAnswers(String home, String option) throws Exception {
        int readiness;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            readiness = free.getLocalPort();
        }
        try (ReservedPort port = ReservedPort.any()) {
            JettyBase base = bases.copy(home, "sluice-http,sluice-readiness,sluice-systemd");
            List<String> properties = new ArrayList<>(JettyBases.listening(port));
            properties.add("jetty.sluice.readiness.port=" + readiness);
            if (!option.isEmpty()) {
                properties.add(option);
            }
            JettyBases.start(properties, base);

            HttpResponse<String> response = HttpClient.newHttpClient()
                    .send(
                            HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + readiness))
                                    .build(),
                            HttpResponse.BodyHandlers.ofString());

            assertEquals("200 ready\n", response.statusCode() + " " + response.body());
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "jetty.http.port=70000         | port is 70000; allowed is 0 to 65535",
                "jetty.sluice.drainTimeout=0   | drainTimeout is 0 ms; allowed is 1 to 2147483647 ms",
                "jetty.sluice.drainStrategy=no | drainStrategy is 'no'; allowed are auto, hand-over, steer, gate, two-pass",
            })
    void badValuesAreRefused(String property, String sentence) throws Exception {
        JettyBase base = bases.copy("12.1", JettyBases.EXAMPLE);

        base.start(List.of("jetty.http.host=127.0.0.1", "jetty.http.port=0", property));

        assertTrue(base.awaitExit() != 0, base::output);
        assertTrue(base.output().contains(sentence), base::output);
    }

    /** The README's commands, with a local repository that has what the build has made. */
    @ParameterizedTest(name = "jetty-home {0}")
    @CsvSource({"12.1, ee11-deploy", "12.0, ee10-deploy"})
    void theReadmesCommandsMakeABase(String home, String deploy) throws Exception {
        Path made = Files.createTempDirectory(directory, "readme");
        String commands = Readme.blockAfter("With jetty-home 12.0 or 12.1")
                .replaceFirst("java .* STOP\\.PORT=.*\\R", "") // That would stay.
                .replace("ee11-deploy", deploy);
        run(
                commands,
                made,
                Map.of("JETTY_HOME", JettyBase.home(home).toString(), "JETTY_MAVEN_LOCAL_REPO", repository()));

        try (JettyBase base = new JettyBase(JettyBase.home(home), made)) {
            JettyBases.start(List.of("jetty.http.host=127.0.0.1", "jetty.http.port=0"), base);
            base.stop(JettyBase.Stop.SIGTERM);

            JettyBases.assertNobodyWasLost(1, base);
        }
    }

    /** Whatever Jetty's own modules let users set can be set in ours. */
    @ParameterizedTest(name = "jetty-home {0}, {1}")
    @CsvSource({"12.1, http", "12.1, ssl", "12.0, http", "12.0, ssl"})
    void allPropertiesAreKept(String home, String module) throws Exception {
        Path jetty = JettyBase.home(home);
        assertKept(module, jetty.resolve("etc/jetty-%s.xml".formatted(module)), "etc/sluice-%s.xml");
        assertKept(module, jetty.resolve("modules/%s.mod".formatted(module)), "modules/sluice-%s.mod");
    }

    private static void assertKept(String module, Path jettys, String ours) throws IOException {
        Set<String> missing = properties(module, jettys);
        assertFalse(missing.isEmpty(), jettys::toString);

        missing.removeAll(properties(module, JettyBases.example().resolve(ours.formatted(module))));

        assertEquals(Set.of(), missing, jettys::toString);
    }

    private static Set<String> properties(String prefix, Path file) throws IOException {
        Set<String> found = new TreeSet<>();
        Matcher property = Pattern.compile("jetty\\." + prefix + "\\.\\w+").matcher(Files.readString(file));
        while (property.find()) {
            found.add(property.group());
        }
        return found;
    }

    /** The modules are listed as Jetty's own are, and what they set comes from the files that they have written. */
    @Test
    void startJarKnowsTheModules() throws Exception {
        JettyBase base = bases.copy("12.1", "sluice-http,sluice-ssl,https,http2,ee11-deploy");

        String modules = base.command("--list-modules=connector");
        String config = base.command("--list-config");

        assertTrue(
                modules.contains("  sluice-http              - Enables a clear-text HTTP connector that loses no"),
                modules);
        assertTrue(
                modules.contains("  sluice-ssl               - Enables a TLS (SSL) connector that loses no"), modules);
        assertTrue(config.contains(" ${jetty.base}/etc/sluice-http.xml"), config);
        assertTrue(config.contains("${jetty.base}/start.d/sluice.ini"), config);
        assertFalse(config.contains("jetty-http.xml"), config);
    }

    /** In the layout of Maven. */
    private static String repository() throws IOException {
        Path repository = Files.createTempDirectory(directory, "repository");
        List<Path> jars = new ArrayList<>(List.of(Path.of(System.getProperty("sluice.config"))));
        try (var libraries = Files.list(JettyBases.example().resolve("lib/sluice"))) {
            libraries.forEach(jars::add);
        }
        for (Path jar : jars) {
            Matcher name = Pattern.compile("(.+?)-(\\d[\\d.]*)(-config)?\\.jar")
                    .matcher(jar.getFileName().toString());
            assertTrue(name.matches(), jar::toString);
            String group = name.group(1).startsWith("sluice") ? "io/sluice" : "net/java/dev/jna";
            Path place = repository.resolve(group).resolve(name.group(1)).resolve(name.group(2));
            Files.createDirectories(place);
            Files.copy(jar, place.resolve(jar.getFileName()));
        }
        return repository.toString();
    }

    private static void run(String commands, Path where, Map<String, String> environment) throws Exception {
        ProcessBuilder shell = new ProcessBuilder("sh", "-e", "-c", commands).directory(where.toFile());
        shell.environment().putAll(environment);
        Path output = Files.createTempFile(directory, "commands", ".txt");
        Process process =
                shell.redirectErrorStream(true).redirectOutput(output.toFile()).start();
        try {
            boolean ended = process.waitFor(Workers.LIMIT.toSeconds(), TimeUnit.SECONDS);
            String printed = Files.readString(output);
            assertTrue(ended, printed);
            assertEquals(0, process.exitValue(), printed);
        } finally {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
    }

    /** What is answered to a request with a PROXY header that names this client. */
    private static String throughAProxy(InetSocketAddress address, String client) throws IOException {
        try (Socket socket = new Socket()) {
            socket.connect(address);
            socket.setSoTimeout((int) Workers.LIMIT.toMillis());
            String request =
                    "PROXY TCP4 %s 127.0.0.1 1234 80\r\nGET / HTTP/1.0\r\nHost: localhost\r\n\r\n".formatted(client);
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            String response = new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
            return response.substring(response.indexOf("\r\n\r\n")).strip();
        }
    }

    private static int connectorsInJmx(long pid) throws Exception {
        VirtualMachine jetty = VirtualMachine.attach(Long.toString(pid));
        try (JMXConnector jmx = JMXConnectorFactory.connect(new JMXServiceURL(jetty.startLocalManagementAgent()))) {
            MBeanServerConnection beans = jmx.getMBeanServerConnection();
            int found = 0;
            for (ObjectName name : beans.queryNames(new ObjectName("io.sluice:type=drainingserverconnector,*"), null)) {
                assertNotNull(beans.getAttribute(name, "drainStrategyInUse"));
                found++;
            }
            return found;
        } finally {
            jetty.detach();
        }
    }
}
