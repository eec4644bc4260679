package io.sluice;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** A stop of a process whose user may have no thread more (RLIMIT_NPROC), as Jetty's own connector survives it. */
@Timeout(60)
@EnabledOnOs(OS.LINUX)
class NoThreadsTest {
    /** It threw, and both ports went on serving; with any drain listener the drain gave up. */
    @Test
    void twoConnectorsWithListenersStopWithoutAThreadMore(@TempDir Path directory) throws Exception {
        assumeTrue(isRoot(), "only root becomes somebody else, to whom the limit applies");

        String output = new TestJvm("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")
                .options("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
                .readableByAll(directory)
                .run(Application.class);

        assertTrue(output.contains("no thread: true"), output);
        assertTrue(output.contains("told: 4"), output);
        assertTrue(output.contains("stopped: STOPPED"), output);
        assertTrue(output.contains("ports closed: true"), output);
        assertFalse(output.contains("The drain failed"), output);
    }

    private static boolean isRoot() throws IOException {
        return Files.readAllLines(Path.of("/proc/self/status")).stream()
                .anyMatch(line -> line.matches("Uid:\\s+0\\s.*"));
    }

    /** Stops its server with no thread left. */
    static final class Application {
        private static int told;

        private Application() {}

        public static void main(String[] arguments) throws Exception {
            Server server = new Server();
            DrainListener listener = new DrainListener() {
                @Override
                public void onDrainStarted(DrainingServerConnector connector, DrainReport.Reason reason) {
                    told++;
                }

                @Override
                public void onDrainFinished(DrainingServerConnector connector, DrainReport report) {
                    told++;
                }
            };
            for (int i = 0; i < 2; i++) {
                DrainingServerConnector connector = new DrainingServerConnector(server, 1, 1);
                connector.setHost("127.0.0.1");
                connector.setKeepAliveGrace(100);
                connector.addEventListener(listener);
                server.addConnector(connector);
            }
            server.start();
            List<Integer> ports = List.of(server.getConnectors()).stream()
                    .map(connector -> ((ServerConnector) connector).getLocalPort())
                    .toList();
            String pid = Long.toString(ProcessHandle.current().pid());
            new ProcessBuilder("prlimit", "--pid", pid, "--nproc=1:1")
                    .inheritIO()
                    .start()
                    .waitFor(10, TimeUnit.SECONDS);
            System.out.println("no thread: " + isWithoutThreads());

            server.stop();

            System.out.println("told: " + told);
            System.out.println("stopped: " + server.getState());
            System.out.println("ports closed: " + ports.stream().allMatch(Application::isClosed));
            System.exit(0);
        }

        private static boolean isWithoutThreads() {
            try {
                new Thread(() -> {}).start();
                return false;
            } catch (OutOfMemoryError x) {
                return true;
            }
        }

        private static boolean isClosed(int port) {
            try {
                new Socket(InetAddress.getLoopbackAddress(), port).close();
                return false;
            } catch (ConnectException x) {
                return true;
            } catch (IOException x) {
                return false;
            }
        }
    }
}
