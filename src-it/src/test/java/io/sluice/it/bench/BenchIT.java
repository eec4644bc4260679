package io.sluice.it.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.it.net.Requirement;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A run as short as can be. Its values mean nothing, but all are there. */
@Timeout(300)
class BenchIT {
    private static final Pattern COMPARISON = Pattern.compile(
            "\\{\"figure\":\"([^\"]+)\",\"quantity\":\"([^\"]+)\",.*\"pairs\":\\[\\[([0-9.-]+),([0-9.-]+)]]},?");

    private record Run(int exitCode, String output) {}

    private static Run run(String... options) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-jar",
                System.getProperty("sluice.bench")));
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

    @Test
    void everyFigureIsMeasured(@TempDir Path directory) throws Exception {
        Requirement.root();
        Requirement.program("ip", "iproute2");
        Path json = directory.resolve("bench.json");
        Path markdown = directory.resolve("bench.md");

        Run run = run("--seconds=0.3", "--pairs=1", "--established=100", "--json=" + json, "--markdown=" + markdown);

        assertEquals(0, run.exitCode, run.output);
        Map<String, Integer> rows = new TreeMap<>();
        String table = Files.readString(markdown);
        List<String> lines = Files.readAllLines(json);
        for (String line : lines.subList(1, lines.size() - 1)) {
            Matcher comparison = COMPARISON.matcher(line);
            assertTrue(comparison.matches(), line);
            // The time before the drain is a difference of two clocks' readings, which a busy machine blurs.
            boolean isPart = comparison.group(2).endsWith("its part");
            assertTrue(isPart || Double.parseDouble(comparison.group(3)) > 0, line);
            assertTrue(Double.parseDouble(comparison.group(4)) > 0, line);
            assertTrue(table.contains("| " + comparison.group(2) + " |"), line);
            assertTrue(run.output.contains(comparison.group(2)), line);
            rows.merge(comparison.group(1), 1, Integer::sum);
        }
        assertEquals(
                Map.of("connections", 15, "keep-alive", 7, "drain", 26, "established", 2, "restarts", 4),
                rows,
                run.output);
    }

    @Test
    void anUnknownFigureIsTold() throws Exception {
        Run run = run("--figures", "drain,speed");

        assertEquals(2, run.exitCode, run.output);
        assertTrue(
                run.output.contains(
                        "--figures is [speed]; allowed is connections, keep-alive, drain, established, restarts"),
                run.output);
    }
}
