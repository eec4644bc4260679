package io.sluice.it;

import static io.sluice.it.ForeignApplication.dependency;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.examples.rolling.WorkerProcess;
import java.io.File;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Applications of other people, who put into their pom what the README says: the only Jetty on their class path is their own.
 * Two that are mixed fail at run time.
 */
@Timeout(300)
class ApplicationsJettyIT {
    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final int ENDED_BY_SIGTERM = 128 + 15;
    private static final Pattern JETTY =
            Pattern.compile("/org/eclipse/jetty/(?!toolchain/)[^:]*/([^/:]+)/[^/:]+\\.jar");

    private static final String BOM = "<type>pom</type><scope>import</scope>";

    private static final String PROGRAM = """
            import io.sluice.DrainingServerConnector;
            import jakarta.servlet.http.*;
            import java.io.IOException;
            import org.eclipse.jetty.ee10.servlet.*;
            import org.eclipse.jetty.server.Server;

            class Program {
                public static void main(String[] args) throws Exception {
                    Server server = new Server();
                    DrainingServerConnector connector = new DrainingServerConnector(server);
                    connector.setHost("127.0.0.1");
                    server.addConnector(connector);
                    ServletContextHandler context = new ServletContextHandler("/");
                    context.addServlet(new ServletHolder(new HttpServlet() {
                        @Override
                        protected void doGet(HttpServletRequest request, HttpServletResponse response)
                                throws IOException {
                            response.getWriter().print(Server.getVersion());
                        }
                    }), "/");
                    server.setHandler(context);
                    server.setStopTimeout(5000);
                    server.setStopAtShutdown(true);
                    server.start();
                    System.out.println("READY port=" + connector.getLocalPort());
                }
            }
            """;

    @TempDir
    private Path directory;

    private ForeignApplication application;

    @BeforeEach
    void publish() throws Exception {
        application = new ForeignApplication(directory);
    }

    @AfterEach
    void removeLinks() throws Exception {
        application.close();
    }

    /** Maven takes the version that it meets first: with ours before the application's, ours was mixed with its own. */
    @ParameterizedTest
    @ValueSource(strings = {"12.0.24", "12.0.39", "12.1.0"})
    void anEmbeddedServer(String jetty) throws Exception {
        String classPath = application.classPath(
                "",
                Readme.blockAfter("### Embedded")
                        + dependency("org.eclipse.jetty.ee10", "jetty-ee10-servlet", jetty, "")
                        + dependency("org.slf4j", "slf4j-simple", System.getProperty("sluice.slf4j"), ""));
        assertEquals(Set.of(jetty), jettys(classPath), classPath);

        application.compile(PROGRAM, classPath);
        try (WorkerProcess program = application.start(classPath)) {
            program.awaitReady(LIMIT);
            HttpResponse<String> response = get(program.port());
            program.terminate();
            int exitCode = program.awaitExit(LIMIT);

            assertEquals(200, response.statusCode(), response::body);
            assertEquals(jetty, response.body());
            assertEquals(ENDED_BY_SIGTERM, exitCode, () -> Workers.output(program));
            assertStoppedCleanly(Workers.output(program));
        }
    }

    /** Its BOM manages Jetty, for our starter too. */
    @Test
    void springBoot() throws Exception {
        String version = System.getProperty("sluice.spring-boot.version");
        String tomcat = """
                <exclusions>
                  <exclusion>
                    <groupId>org.springframework.boot</groupId>
                    <artifactId>spring-boot-starter-tomcat</artifactId>
                  </exclusion>
                </exclusions>
                """;
        String classPath = application.classPath(
                dependency("org.springframework.boot", "spring-boot-dependencies", version, BOM),
                Readme.blockAfter("### Spring Boot")
                        + dependency("org.springframework.boot", "spring-boot-starter-webmvc", version, tomcat));

        assertEquals(1, jettys(classPath).size(), classPath);
        assertTrue(classPath.contains("/spring-boot-jetty-"), classPath);
    }

    @Test
    void dropwizard() throws Exception {
        String version = System.getProperty("sluice.dropwizard.version");
        String classPath = application.classPath(
                dependency("io.dropwizard", "dropwizard-bom", version, BOM),
                dependency("io.sluice", "sluice-dropwizard", System.getProperty("sluice.version"), "")
                        + dependency("io.dropwizard", "dropwizard-core", version, ""));

        assertEquals(1, jettys(classPath).size(), classPath);
    }

    /** The versions of all jars of Jetty. */
    private static Set<String> jettys(String classPath) {
        return Arrays.stream(classPath.split(File.pathSeparator))
                .flatMap(jar -> JETTY.matcher(jar).results())
                .map((MatchResult jar) -> jar.group(1))
                .collect(Collectors.toSet());
    }

    private static HttpResponse<String> get(int port) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/"))
                .timeout(LIMIT)
                .build();
        return HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
    }

    private static void assertStoppedCleanly(String output) {
        assertTrue(output.contains("INFO io.sluice.DrainingServerConnector - Drained "), output);
        assertTrue(output.contains("\"unanswered\":0,\"lost\":0,\"atRisk\":0"), output);
        for (String trouble : List.of("WARN", "ERROR", "Exception", "NoSuchMethodError")) {
            assertFalse(output.contains(trouble), output);
        }
    }
}
