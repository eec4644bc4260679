package io.sluice;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.eclipse.jetty.server.Server;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** A stop of a process that has used up its file descriptors (RLIMIT_NOFILE): what it wants to look at it cannot open. */
@Timeout(60)
@EnabledOnOs(OS.LINUX)
class NoDescriptorsTest {
    @Test
    void theDrainDoesWithoutWhatItCannotLookAt() throws Exception {
        String output = new TestJvm("prlimit", "--nofile=256")
                .options("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
                .run(Application.class);

        assertTrue(output.contains("report: {"), output);
        assertFalse(output.contains("the drain failed"), output);
        assertTrue(output.contains("\"lost\":0,\"atRisk\":0,"), output);
    }

    /** Stops its server with no descriptor left. */
    static final class Application {
        private Application() {}

        public static void main(String[] arguments) throws Exception {
            start().getServer().stop(); // Loads all classes; those of tests are files that have to be opened.
            DrainingServerConnector connector = start();
            List<InputStream> open = useUpDescriptors();
            connector.getServer().stop();
            for (InputStream file : open) {
                file.close();
            }
            System.out.println("report: " + connector.getLastDrain());
            System.exit(0);
        }

        private static DrainingServerConnector start() throws Exception {
            Server server = new Server();
            DrainingServerConnector connector = new DrainingServerConnector(server, 1, 1);
            connector.setHost("127.0.0.1");
            connector.setKeepAliveGrace(100);
            server.addConnector(connector);
            server.start();
            return connector;
        }

        private static List<InputStream> useUpDescriptors() {
            List<InputStream> open = new ArrayList<>();
            try {
                while (open.size() < 1000) {
                    open.add(new FileInputStream(Path.of("/dev/null").toFile()));
                }
                throw new IllegalStateException("there is no limit");
            } catch (IOException x) {
                return open;
            }
        }
    }
}
