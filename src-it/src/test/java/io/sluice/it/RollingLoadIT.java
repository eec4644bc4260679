package io.sluice.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The README's load under restarts, in short, and what is refused before any load. */
@Timeout(300)
class RollingLoadIT {
    private static final int STOCK_TRIES = 5;

    /** A short load, at workers so busy that some requests always wait when one of them stops. */
    private static final List<String> BUSY =
            List.of("--threads=4", "--delay-ms=50", "--rate=135", "--every-ms=1000", "--warm-up-ms=1000");

    /** A load for which machines have time left, however slowly a new worker does its first TLS handshakes. */
    private static final List<String> LIGHT =
            List.of("--rate=40", "--outstanding=20", "--every-ms=1000", "--warm-up-ms=1000");

    /** So JNA cannot load its library; the tool itself does not need it. */
    private static final Map<String, String> NO_NATIVE_ACCESS =
            Map.of("JAVA_TOOL_OPTIONS", "-Djna.nounpack=true -Djna.nosys=true");

    @TempDir
    Path dir;

    /** What one run of the tool printed, both of its outputs together. */
    private record Run(int exitCode, String output) {
        static Run of(Map<String, String> environment, List<String> options) throws IOException, InterruptedException {
            List<String> command = new ArrayList<>(List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-jar",
                    System.getProperty("sluice.rolling-restart")));
            command.addAll(options);
            ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
            builder.environment().putAll(environment);
            Process process = builder.start();
            try {
                String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
                assertTrue(process.waitFor(10, TimeUnit.SECONDS), "still running after its output ended");
                return new Run(process.exitValue(), output);
            } finally {
                process.destroy();
            }
        }

        void assertRefusedBeforeAnyLoad(String sentence) {
            assertEquals(2, exitCode, output);
            assertTrue(output.contains(sentence), output);
            assertFalse(output.contains("without restarts"), output);
        }
    }

    private static Run run(List<String> load, String... options) throws IOException, InterruptedException {
        List<String> all = new ArrayList<>(load);
        all.addAll(List.of(options));
        return Run.of(Map.of(), all);
    }

    /** Columns: strategy, restarts, seconds, requests, six outcomes, lost, overdue, four latencies. */
    private static int lost(String output, String strategy, int restarts) {
        Matcher row = Pattern.compile(
                        "^%s +%d +\\d+\\.\\d( +\\d+){7} +(\\d+) +\\d+( +\\d+\\.\\d){4}$".formatted(strategy, restarts),
                        Pattern.MULTILINE)
                .matcher(output);
        assertTrue(row.find(), output);
        return Integer.parseInt(row.group(2));
    }

    @Test
    void sluiceLosesNothingUnderALoadAndTheStockConnectorDoes() throws Exception {
        Path json = dir.resolve("figures.json");
        Path report = dir.resolve("report.html");
        Run run = run(BUSY, "--restarts=3", "--strategies=stock,auto", "--json=" + json, "--report=" + report);

        assertEquals(0, run.exitCode, run.output);
        assertEquals(0, lost(run.output, "auto", 0), run.output);
        assertEquals(0, lost(run.output, "auto", 3), run.output);
        assertTheStockConnectorLoses(lost(run.output, "stock", 3));
        assertTrue(run.output.contains("auto      restart  3/3  worker "), run.output);
        assertFalse(run.output.contains("\u001b"), "this is no terminal: " + run.output);

        String figures = Files.readString(json);
        assertTrue(figures.contains("\"nothingLost\": true"), figures);
        assertTrue(
                figures.contains("{\"strategy\": \"auto\",\n      \"withoutRestarts\": {\"millis\": 3000, "), figures);
        String page = Files.readString(report);
        assertTrue(page.contains("<h2>stock</h2>") && page.contains("<h2>auto</h2>"), page);
        assertTrue(page.endsWith("</html>\n"), page);
    }

    /** Whether somebody waits in the moment of a stop is chance: it may take some more restarts. */
    private static void assertTheStockConnectorLoses(int lostAtFirst) throws Exception {
        int lost = lostAtFirst;
        for (int i = 0; i < STOCK_TRIES && lost == 0; i++) {
            Run run = run(BUSY, "--restarts=4", "--strategies=stock");
            assertEquals(0, run.exitCode, run.output);
            lost = lost(run.output, "stock", 4);
        }
        assertTrue(lost > 0, "the stock connector lost nothing in " + (3 + 4 * STOCK_TRIES) + " restarts");
    }

    /** The same connections are used again, over TLS. */
    @Test
    void sluiceLosesNothingOnKeptConnections() throws Exception {
        Run run = run(LIGHT, "--restarts=2", "--strategies=auto", "--protocol=https", "--connections=keep-alive");

        assertEquals(0, run.exitCode, run.output);
        assertEquals(0, lost(run.output, "auto", 2), run.output);
    }

    /** With the JDK 17 that this runs on at least, HTTP/2 is refused; with JDK 25 nothing is lost. */
    @Test
    void http2NeedsAClientThatHeedsGoAway() throws Exception {
        Run run = run(LIGHT, "--restarts=2", "--strategies=auto", "--protocol=h2c");

        if (Runtime.version().feature() < 25) {
            run.assertRefusedBeforeAnyLoad("the HTTP client that h2c and h2 need comes with JDK 25");
        } else {
            assertEquals(0, run.exitCode, run.output);
            assertEquals(0, lost(run.output, "auto", 2), run.output);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--rate=0          | --rate is 0; allowed is 1 to 10000",
                "--report=/nowhere/r.html | --report is /nowhere/r.html; allowed is a file that can be written",
                "--json=/nowhere/f.json | --json is /nowhere/f.json; allowed is a file that can be written",
                "--strategies=pump | --strategies is pump; allowed is one or more of stock,"
            })
    void badOptionsAreRefusedBeforeAnyLoad(String option, String sentence) throws Exception {
        run(List.of(), "--restarts=1", option).assertRefusedBeforeAnyLoad(sentence);
    }

    /** The sentence is the worker's own. */
    @Test
    void aStrategyThatThisMachineCannotDoIsRefusedBeforeAnyLoad() throws Exception {
        Run.of(NO_NATIVE_ACCESS, List.of("--strategies=stock,two-pass,steer"))
                .assertRefusedBeforeAnyLoad("--strategies is steer; allowed is what works on this machine"
                        + " (drainStrategy is 'steer', which cannot work here: no native access");
    }
}
