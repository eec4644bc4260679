package io.sluice.examples.rolling;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.StandardSocketOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

@Timeout(120)
class RollingRestartTest {
    @TempDir
    Path directory;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int execute(Class<?> worker, String... args) throws Exception {
        List<String> all = new ArrayList<>(List.of(args));
        all.add("--worker-jar=" + FakeWorker.jar(directory, worker));
        return execute(all.toArray(String[]::new));
    }

    private int execute(String... args) {
        CommandLine commandLine = RollingRestart.commandLine();
        commandLine.setOut(new PrintWriter(out));
        commandLine.setErr(new PrintWriter(err));
        return commandLine.execute(args);
    }

    private void assertComplains(int exitCode, String sentence) {
        assertEquals(2, exitCode);
        assertEquals(sentence, err.toString().lines().findFirst().orElse(""));
        assertEquals("", out.toString(), "no load before the options are known to be good");
    }

    @Test
    void comparesBothConnectors() throws Exception {
        Path json = directory.resolve("figures.json");
        int exitCode = execute(FakeWorker.class, "--bursts=2", "--clients=20", "--max-requests=3", "--json=" + json);
        assertEquals("", err.toString());
        assertEquals(0, exitCode);
        String text = out.toString();
        assertTrue(text.contains("sluice  burst  2/2  ok 20  reset 0  503 0"), text);
        assertTrue(text.contains("Sluice lost 0 of 40 requests; the stock connector lost "), text);
        String figures = Files.readString(json);
        assertTrue(
                figures.contains("{\"connector\": \"sluice\", \"bursts\": 2, \"requests\": 40, \"ok\": 40"), figures);
        assertTrue(figures.contains("\"nothingLost\": true"), figures);
    }

    @Test
    void lossesOfSluiceAreExitCode1() throws Exception {
        assertEquals(1, execute(FakeWorker.Lossy.class, "--bursts=1", "--clients=20", "--max-requests=3"));
        assertTrue(out.toString().contains("Sluice lost "), out::toString);
    }

    @Test
    void aWorkerThatFailsIsExitCode1() throws Exception {
        assertEquals(1, execute(FakeWorker.Broken.class));
        String message = err.toString();
        assertTrue(message.startsWith("The run failed: worker "), message);
        assertTrue(message.contains("no address, no service"), message);
    }

    @ParameterizedTest
    @CsvSource({
        "--bursts, 0, 1 to 1000",
        "--clients, 0, 1 to 1000",
        "--clients, 1001, 1 to 1000",
        "--clients, many, 1 to 1000",
        "--delay-ms, -1, 0 to 5000",
        "--threads, 0, 1 to 1000",
        "--max-requests, 99999999999, 1 to 1000000",
        "--workers, 33, 1 to 32",
        "--port, 65536, 0 to 65535",
    })
    void aNumberOutOfRangeIsExitCode2(String option, String value, String allowed) {
        assertComplains(execute(option + "=" + value), option + " is " + value + "; allowed is " + allowed);
    }

    @Test
    void anUnknownOptionIsExitCode2() {
        assertComplains(execute("--burst=3"), "Unknown option: '--burst=3'");
    }

    @Test
    void aMissingWorkerIsExitCode2() {
        Path nowhere = directory.resolve("nowhere.jar");
        assertComplains(
                execute("--worker-jar=" + nowhere),
                "--worker-jar is " + nowhere + "; allowed is an existing jar; in the directory of the project, this"
                        + " builds the default one: mvn -DskipTests package -pl examples/rolling-restart -am");
    }

    @Test
    void aFileThatCannotBeWrittenIsExitCode2() throws Exception {
        int exitCode = execute(FakeWorker.class, "--json=" + directory);
        assertEquals(2, exitCode);
        assertTrue(err.toString().startsWith("--json is " + directory + "; allowed is a file"), err::toString);
        assertEquals("", out.toString());
    }

    /** Even if the other one would share it: the requests would go to both. */
    @Test
    void aPortThatIsTakenIsExitCode2() throws Exception {
        try (ServerSocket other = new ServerSocket()) {
            other.setOption(StandardSocketOptions.SO_REUSEPORT, true);
            other.bind(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0));
            int exitCode = execute(FakeWorker.class, "--port=" + other.getLocalPort());
            assertEquals(2, exitCode);
            assertTrue(err.toString().startsWith("--port is " + other.getLocalPort() + "; allowed is"), err::toString);
        }
    }
}
