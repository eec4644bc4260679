package io.sluice.it;

import static io.sluice.it.ForeignApplication.dependency;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.examples.rolling.BurstClient;
import io.sluice.examples.rolling.Outcome;
import io.sluice.examples.rolling.Outcomes;
import io.sluice.examples.rolling.WorkerProcess;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Applications in which nobody stops the server when SIGTERM comes: Javalin by default, and a plain server without {@code
 * stopAtShutdown}. The JVM just ended, and 93 of 200 clients and more were reset, with the draining connector too.
 */
@Timeout(300)
class NobodyStopsIT {
    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final int CLIENTS = 200;

    private static final String JAVALIN = """
            import io.javalin.Javalin;
            import io.sluice.DrainingServerConnector;
            import org.eclipse.jetty.server.*;

            class Program {
                public static void main(String[] args) {
                    Javalin application = Javalin.create(config -> {
                        config.startup.showJavalinBanner = false;
                        config.jetty.addConnector((server, http) -> {
                            ServerConnector connector = args[0].equals("draining")
                                    ? new DrainingServerConnector(server, new HttpConnectionFactory(http))
                                    : new ServerConnector(server, new HttpConnectionFactory(http));
                            connector.setHost("127.0.0.1");
                            connector.setAcceptQueueSize(1024);
                            return connector;
                        });
                        config.routes.get("/", context -> context.result("ok"));
                    });
                    application.start();
                    System.out.println("READY port=" + application.port());
                }
            }
            """;

    private static final String EMBEDDED = """
            import io.sluice.DrainingServerConnector;
            import org.eclipse.jetty.server.*;
            import org.eclipse.jetty.util.Callback;

            class Program {
                public static void main(String[] args) throws Exception {
                    Server server = new Server();
                    ServerConnector connector = args[0].equals("draining")
                            ? new DrainingServerConnector(server)
                            : new ServerConnector(server);
                    connector.setHost("127.0.0.1");
                    connector.setAcceptQueueSize(1024);
                    server.addConnector(connector);
                    server.setHandler(new Handler.Abstract() {
                        @Override
                        public boolean handle(Request request, Response response, Callback callback) {
                            callback.succeeded();
                            return true;
                        }
                    });
                    server.start();
                    System.out.println("READY port=" + connector.getLocalPort());
                }
            }
            """;

    @TempDir
    private Path directory;

    @Test
    void javalin() throws Exception {
        assertOnlyTheStockConnectorLoses(
                JAVALIN,
                dependency("io.sluice", "sluice-connector", System.getProperty("sluice.version"), "")
                        + dependency("io.javalin", "javalin", System.getProperty("sluice.javalin"), "")
                        + dependency("org.slf4j", "slf4j-simple", System.getProperty("sluice.slf4j"), ""));
    }

    @Test
    void anEmbeddedServer() throws Exception {
        assertOnlyTheStockConnectorLoses(
                EMBEDDED,
                Readme.blockAfter("### Embedded")
                        + dependency("org.eclipse.jetty", "jetty-server", System.getProperty("sluice.jetty"), "")
                        + dependency("org.slf4j", "slf4j-simple", System.getProperty("sluice.slf4j"), ""));
    }

    private void assertOnlyTheStockConnectorLoses(String program, String dependencies) throws Exception {
        try (ForeignApplication application = new ForeignApplication(directory)) {
            String classPath = application.classPath("", dependencies);
            application.compile(program, classPath);

            try (WorkerProcess draining = application.start(classPath, "draining")) {
                Outcomes outcomes = stopWhileFrozen(draining);
                assertEquals(CLIENTS, outcomes.count(Outcome.OK), () -> outcomes + " " + Workers.output(draining));
                assertTrue(Workers.output(draining).contains("\"unanswered\":0,\"lost\":0,\"atRisk\":0"));
            }
            try (WorkerProcess stock = application.start(classPath, "stock")) {
                Outcomes outcomes = stopWhileFrozen(stock);
                assertTrue(outcomes.lost() > 0, outcomes::toString);
            }
        }
    }

    private static Outcomes stopWhileFrozen(WorkerProcess program) throws Exception {
        program.awaitReady(LIMIT);
        program.signal("STOP");
        BurstClient burst = BurstClient.start(Workers.address(program), CLIENTS, Duration.ofSeconds(20));
        assertTrue(burst.awaitSent(LIMIT), "the kernel did not take all connections");
        program.terminate();
        program.signal("CONT");
        Outcomes outcomes = burst.outcomes();
        program.awaitExit(LIMIT);
        return outcomes;
    }
}
