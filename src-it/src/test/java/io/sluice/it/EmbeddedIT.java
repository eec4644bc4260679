package io.sluice.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.examples.rolling.ClosedLoop;
import io.sluice.examples.rolling.ReservedPort;
import io.sluice.examples.rolling.WorkerProcess;
import java.io.File;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The README's embedded server, as it is written there. */
@Timeout(120)
class EmbeddedIT {
    private static final String JETTY_AND_SLUICE = System.getProperty("sluice.worker");
    private static final int RESTARTS = 4;
    private static final int STOCK_TRIES = 3;
    private static final String SERVES = "It serves";

    /** What a reader has around it: a handler that takes its time, so that a stop meets requests that are under way. */
    private static final String PROGRAM = """
            import io.sluice.DrainingServerConnector;
            import java.nio.charset.StandardCharsets;
            import org.eclipse.jetty.server.*;
            import org.eclipse.jetty.util.Callback;

            class Program {
                static final Handler handler = new Handler.Abstract() {
                    @Override
                    public boolean handle(Request request, Response response, Callback callback) throws Exception {
                        Thread.sleep(20);
                        response.write(true, StandardCharsets.US_ASCII.encode("ok"), callback);
                        return true;
                    }
                };

                public static void main(String[] args) throws Exception {
            %s
                    System.out.println("%s");
                }
            }
            """;

    @TempDir
    private Path directory;

    @Test
    void nobodyNoticesARestart() throws Exception {
        try (ReservedPort port = ReservedPort.any()) {
            ClosedLoop.Result load = restart(port.address(), readme(port.address()), true);

            assertEquals(0, load.outcomes().lost(), load::toString);
        }
    }

    /** Jetty's own connector in its place loses: the test above sees the bug. */
    @Test
    void jettysOwnConnectorLoses() throws Exception {
        int lost = 0;
        for (int i = 0; i < STOCK_TRIES && lost == 0; i++) {
            try (ReservedPort port = ReservedPort.any()) {
                String stock = replaced(
                        readme(port.address()).replace("DrainingServerConnector", "ServerConnector"),
                        "server.addConnector(connector);",
                        "connector.setReusePort(true); server.addConnector(connector);");
                lost = restart(port.address(), stock, false).outcomes().lost();
            }
        }

        assertTrue(lost > 0, "nothing was lost in " + STOCK_TRIES * RESTARTS + " restarts");
    }

    private static String readme(InetSocketAddress address) throws Exception {
        return replaced(
                Readme.blockAfter("In the place of `new ServerConnector(server)`"),
                "connector.setPort(8080);",
                "connector.setHost(\"127.0.0.1\"); connector.setPort(%d);".formatted(address.getPort()));
    }

    private static String replaced(String text, String old, String replacement) {
        assertTrue(text.contains(old), text);
        return text.replace(old, replacement);
    }

    private ClosedLoop.Result restart(InetSocketAddress address, String snippet, boolean draining) throws Exception {
        Path source = Files.writeString(directory.resolve("Program.java"), PROGRAM.formatted(snippet, SERVES));
        int failures = ToolProvider.getSystemJavaCompiler()
                .run(null, null, null, "-proc:none", "-cp", JETTY_AND_SLUICE, source.toString());
        assertEquals(0, failures, "the README's snippet does not compile");
        return RestartUnderLoad.restart(
                RESTARTS,
                address,
                this::start,
                output -> assertEquals(draining, output.contains("\"unanswered\":0,\"lost\":0,\"atRisk\":0"), output));
    }

    private WorkerProcess start() throws Exception {
        WorkerProcess process =
                WorkerProcess.java(List.of("-cp", JETTY_AND_SLUICE + File.pathSeparator + directory, "Program"));
        Workers.awaitOutput(process, SERVES);
        return process;
    }
}
