package io.sluice.examples.rolling;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
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
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledForJreRange;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
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

    @Tag("slow")
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
        "--restarts, 0, 1 to 1000",
        "--rate, 0, 1 to 10000",
        "--rate, -5, 1 to 10000",
        "--rate, fast, 1 to 10000",
        "--rate, 160, 'less than 160, which is what --workers=2 with --threads=4 and --delay-ms=50 can serve'",
        "--every-ms, 99, 100 to 60000",
        "--outstanding, 0, 1 to 5000",
        "--warm-up-ms, 60001, 0 to 60000",
        "--protocol, spdy, 'one of http, https, h2c, h2'",
        "--connections, long, 'one of short, keep-alive'",
    })
    void aNumberOutOfRangeIsExitCode2(String option, String value, String allowed) {
        assertComplains(execute(option + "=" + value), option + " is " + value + "; allowed is " + allowed);
    }

    @Test
    void anUnknownOptionIsExitCode2() {
        assertComplains(execute("--burst=3"), "Unknown option: '--burst=3'");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "pump", "stock,pump", "gate,gate", "gate,"})
    void aListOfOtherThanStrategiesIsExitCode2(String list) {
        assertComplains(
                execute("--strategies=" + list),
                "--strategies is " + list
                        + "; allowed is one or more of stock, two-pass, gate, steer, hand-over, auto, each once,"
                        + " separated by commas");
    }

    @ParameterizedTest
    @ValueSource(strings = {"--bursts", "--rate", "--workers"})
    void anOptionThatIsGivenTwiceIsExitCode2(String option) {
        assertComplains(
                execute(option + "=2", "--threads=3", option + "=2"),
                "option '" + option + "' (N) should be specified only once");
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

    /** The sentence of the worker is passed on: only it knows. */
    @Test
    void aStrategyThatCannotWorkHereIsExitCode2() throws Exception {
        assertComplains(
                execute(FakeWorker.Picky.class, "--strategies=two-pass,steer"),
                "--strategies is steer; allowed is what works on this machine"
                        + " (drainStrategy is 'steer', which cannot work here: <too old>)");
    }

    @Test
    void aReportThatCannotBeWrittenIsExitCode2() throws Exception {
        Path nowhere = directory.resolve("nowhere").resolve("report.html");
        assertComplains(
                execute(FakeWorker.class, "--report=" + nowhere),
                "--report is " + nowhere + "; allowed is a file that can be written"
                        + " (java.nio.file.NoSuchFileException: " + nowhere + ")");
    }

    @Test
    void figuresAndReportInOneFileAreExitCode2() throws Exception {
        Path file = directory.resolve("both");
        assertComplains(
                execute(FakeWorker.class, "--json=" + file, "--report=" + file),
                "--report is " + file + "; allowed is another file than that of --json");
        assertFalse(Files.exists(file));
    }

    @Test
    void burstsAndALoadAreExitCode2() {
        assertComplains(
                execute("--rate=5", "--workers=3", "--bursts=5"),
                "--bursts is for bursts and --rate is for a load; allowed are options for one of them");
    }

    /** Before JDK 25, its HTTP client fails what is under way when a worker says goodbye. */
    @Test
    @DisabledForJreRange(minVersion = 25)
    void http2WithAnOlderJdkIsExitCode2() {
        assertComplains(
                execute("--protocol=h2"),
                "--protocol is h2; allowed is http or https on JDK "
                        + Runtime.version().feature() + "; the HTTP client that h2c and h2 need comes with JDK 25");
    }

    @Test
    @EnabledForJreRange(minVersion = 25)
    void http2HasNoShortConnections() {
        assertComplains(
                execute("--protocol=h2", "--connections=short"),
                "--connections is short; allowed is one of keep-alive");
    }

    /** Whether anything is lost depends on the moment; FakeWorker is no Sluice. */
    @Tag("slow")
    @Test
    void measuresALoad() throws Exception {
        Path json = directory.resolve("figures.json");
        Path report = directory.resolve("report.html");
        int exitCode = execute(
                FakeWorker.class,
                "--strategies=stock,auto",
                "--restarts=2",
                "--every-ms=500",
                "--warm-up-ms=100",
                "--rate=20",
                "--json=" + json,
                "--report=" + report);
        assertEquals("", err.toString());
        assertTrue(exitCode == 0 || exitCode == 1);
        String text = out.toString();
        for (String strategy : List.of("stock", "auto")) {
            assertTrue(text.contains("%-8s  restart  2/2  worker ".formatted(strategy)), text);
            assertTrue(
                    text.lines()
                            .anyMatch(line -> line.matches(strategy + " +0 +1\\.0 +20( +\\d+){8}( +\\d+\\.\\d){4}")),
                    text);
            assertTrue(
                    text.lines()
                            .anyMatch(line -> line.matches(strategy + " +2 +\\d+\\.\\d( +\\d+){9}( +\\d+\\.\\d){4}")),
                    text);
        }
        assertTrue(text.contains("Lost with restarts: stock "), text);
        assertFalse(text.contains("\u001b"), "no terminal is here");
        assertTrue(Files.readString(json).contains("\"withRestarts\": {\"millis\": "));
        assertTrue(Files.readString(report).contains("<h2>auto</h2>"));
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
