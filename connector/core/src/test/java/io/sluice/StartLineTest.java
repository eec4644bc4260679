package io.sluice;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.regex.Pattern;
import org.eclipse.jetty.server.Server;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a start says of the stop that is to come. */
@Timeout(60)
class StartLineTest {
    /** It said that the connector drains on stop even where nobody stops the server when the process is told to end. */
    @Test
    void itSaysWhetherSigtermStopsTheServer() throws Exception {
        String output = new TestJvm()
                .options("-Dorg.slf4j.simpleLogger.log.io.sluice=info")
                .run(Starts.class);

        assertEquals(4, count(output, " drains when it is stopped"), output);
        assertEquals(
                1,
                count(
                        output,
                        " drains when it is stopped, which SIGTERM alone does not (stopAtShutdown and drainAtShutdown are"
                                + " false): "),
                output);
        assertTrue(output.contains("kernel " + System.getProperty("os.version")), output);
    }

    private static int count(String output, String phrase) {
        return output.split(Pattern.quote(phrase), -1).length - 1;
    }

    /** Starts servers that SIGTERM stops and drains, and one that it does not. */
    static final class Starts {
        private Starts() {}

        public static void main(String[] arguments) throws Exception {
            for (int which = 0; which < 4; which++) {
                Server server = new Server();
                server.setStopAtShutdown(which % 2 == 0);
                DrainingServerConnector connector = new DrainingServerConnector(server);
                connector.setDrainAtShutdown(which < 2);
                server.addConnector(connector);
                server.start();
                server.stop();
            }
        }
    }
}
