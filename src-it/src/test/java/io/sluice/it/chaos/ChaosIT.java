package io.sluice.it.chaos;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.it.net.Requirement;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The short set of the faults, as the tool runs it, and what it says of itself. */
@Timeout(600)
class ChaosIT {
    private record Run(int exitCode, String output) {}

    private static Run run(String... options) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-jar",
                System.getProperty("sluice.chaos")));
        command.addAll(List.of(options));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        try {
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertTrue(process.waitFor(10, TimeUnit.SECONDS), "still running after its output ended");
            return new Run(process.exitValue(), output);
        } finally {
            process.destroy();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"auto", "steer"})
    void nothingIsLostInTheShortSet(String strategy) throws Exception {
        Requirement.root();
        Requirement.program("ip", "iproute2");

        Run run = run("--brief", "--strategy", strategy);

        System.out.println(run.output);
        assertEquals(0, run.exitCode, run.output);
    }

    /** As servers should run: what needs a privilege is then done in another way. */
    @Test
    void nothingIsLostWithoutPrivileges() throws Exception {
        Requirement.root();
        Requirement.program("ip", "iproute2");
        Requirement.program("setpriv", "util-linux");

        Run run = run(
                "--user=nobody",
                "--cells=stop/SIGTERM,network/RTT-50-ms,network/syncookies-forced-RTT-50-ms-strategy-gate,"
                        + "network/TCP-DEFER-ACCEPT-clients-that-send-late,order/members-that-steer-and-members-that-gate,order/members-that-hand-over");

        System.out.println(run.output);
        assertEquals(0, run.exitCode, run.output);
    }

    /** The same cells see that Jetty's connector loses clients who wait in its queue, or for the rest of their request. */
    @Test
    void theCellsSeeWhatTheStockConnectorLoses() throws Exception {
        Requirement.root();
        Requirement.program("ip", "iproute2");

        Run run = run(
                "--connector",
                "stock",
                "--cells",
                "stop/all-members-at-once,order/two-new-ones-at-once,network/TCP-DEFER-ACCEPT-clients-that-send-late,"
                        + "clients/headers-come-byte-by-byte");

        assertEquals(1, run.exitCode, run.output);
        assertTrue(run.output.contains("FAILS"), run.output);
    }

    /** With a copy of the one version that there is; that its workers come from there shows where it is another jar. */
    @Test
    void anotherVersionMayBeOnThePortToo(@TempDir Path directory) throws Exception {
        Requirement.root();
        Requirement.program("ip", "iproute2");
        Path copy = Files.copy(Path.of(System.getProperty("sluice.chaos")), directory.resolve("copy.jar"));
        Path unrelated = Path.of(System.getProperty("sluice.worker"));

        Run same = run("--other-version", copy.toString(), "--cells", "order/members-of-two-versions");
        Run wrong = run("--other-version", unrelated.toString(), "--cells", "order/members-of-two-versions");

        assertEquals(0, same.exitCode, same.output);
        assertEquals(1, wrong.exitCode, wrong.output);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--cells=weather   | --cells is weather; allowed is one or more of stop",
                "--random=-1       | --random is -1; allowed is 0 to 100000",
                "--connector=other | --connector is other; allowed is draining or stock",
                "--user=you        | expected one of [ROOT, NOBODY] (case-insensitive) but was 'you'",
                "--other-version=x | --other-version is x; allowed is the sluice-chaos.jar of another version"
            })
    void badOptionsAreRefused(String option, String sentence) throws Exception {
        Run run = run(option);

        assertEquals(2, run.exitCode, run.output);
        assertTrue(run.output.contains(sentence), run.output);
    }

    /** The table there is the output of the whole matrix. */
    @Test
    void theReadmeHasEveryCell() throws Exception {
        String readme = Files.readString(Path.of(System.getProperty("sluice.project"), "src-it", "README.md"));

        for (Cell cell : Cells.all()) {
            String row = "| %s | %s |".formatted(cell.axis(), cell.name());
            assertTrue(readme.contains(row), "not in src-it/README.md: " + row);
        }
    }
}
