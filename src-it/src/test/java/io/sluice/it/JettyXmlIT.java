package io.sluice.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.jna.Native;
import io.sluice.DrainingServerConnector;
import io.sluice.examples.rolling.ClosedLoop;
import io.sluice.examples.rolling.ReservedPort;
import io.sluice.examples.rolling.WorkerProcess;
import java.io.File;
import java.net.InetSocketAddress;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.xml.XmlConfiguration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;
import org.slf4j.simple.SimpleLogger;

/** The README's jetty.xml, without a jetty-home. */
@Timeout(120)
class JettyXmlIT {
    private static final int RESTARTS = 4;
    private static final int STOCK_TRIES = 3;

    private static final String APPLICATION = """
            <!DOCTYPE Configure PUBLIC "-//Jetty//Configure//EN" "https://jetty.org/configure_10_0.dtd">
            <Configure id="Server" class="org.eclipse.jetty.server.Server">
              <Set name="handler"><New class="io.sluice.it.JettyXmlIT$Application"/></Set>
            </Configure>
            """;

    @TempDir
    private Path directory;

    @Test
    void nobodyNoticesARestart() throws Exception {
        try (ReservedPort port = ReservedPort.any()) {
            ClosedLoop.Result load = restart(readme(), port.address(), true);

            assertEquals(0, load.outcomes().lost(), load::toString);
        }
    }

    /** Jetty's own connector in the same file loses: the test above sees the bug. */
    @Test
    void jettysOwnConnectorLoses() throws Exception {
        String stock = readme().replace(DrainingServerConnector.class.getName(), ServerConnector.class.getName())
                .replace("<Set name=\"host\"", "<Set name=\"reusePort\">true</Set><Set name=\"host\"");
        int lost = 0;
        for (int i = 0; i < STOCK_TRIES && lost == 0; i++) {
            try (ReservedPort port = ReservedPort.any()) {
                lost = restart(stock, port.address(), false).outcomes().lost();
            }
        }

        assertTrue(lost > 0, "nothing was lost in " + STOCK_TRIES * RESTARTS + " restarts");
    }

    private static String readme() throws Exception {
        return Readme.blockAfter("### jetty.xml");
    }

    private ClosedLoop.Result restart(String jettyXml, InetSocketAddress address, boolean draining) throws Exception {
        Files.writeString(directory.resolve("jetty.xml"), jettyXml);
        Files.writeString(directory.resolve("application.xml"), APPLICATION);
        return RestartUnderLoad.restart(
                RESTARTS,
                address,
                () -> start(address),
                output -> assertEquals(draining, output.contains("\"unanswered\":0,\"lost\":0,\"atRisk\":0"), output));
    }

    private WorkerProcess start(InetSocketAddress address) throws Exception {
        WorkerProcess process = WorkerProcess.java(List.of(
                "-cp",
                classPath(),
                XmlConfiguration.class.getName(),
                "jetty.http.host=127.0.0.1",
                "jetty.http.port=" + address.getPort(),
                directory.resolve("jetty.xml").toString(),
                directory.resolve("application.xml").toString()));
        Workers.awaitOutput(process, JettyBase.STARTED);
        return process;
    }

    /** The jars of Jetty and Sluice, and this class, in the order in which they are named. */
    private static String classPath() throws URISyntaxException {
        List<String> places = new ArrayList<>();
        for (Class<?> inside : List.of(
                Application.class,
                DrainingServerConnector.class,
                Native.class,
                XmlConfiguration.class,
                Server.class,
                HttpField.class,
                EndPoint.class,
                Callback.class,
                LoggerFactory.class,
                SimpleLogger.class)) {
            places.add(Path.of(inside.getProtectionDomain()
                            .getCodeSource()
                            .getLocation()
                            .toURI())
                    .toString());
        }
        return String.join(File.pathSeparator, places);
    }

    /** Takes its time, so that a stop meets requests that are under way. */
    public static final class Application extends Handler.Abstract {
        @Override
        public boolean handle(Request request, Response response, Callback callback) throws InterruptedException {
            TimeUnit.MILLISECONDS.sleep(20);
            response.write(true, StandardCharsets.US_ASCII.encode("ok\n"), callback);
            return true;
        }
    }
}
