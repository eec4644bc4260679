package io.sluice.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A short run of the command that makes the README's table of strategies. */
@Timeout(300)
class RestartTableIT {
    @Test
    void theStrategiesDiffer() throws Exception {
        Process run = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-jar",
                        System.getProperty("sluice.restart-table"),
                        "--restarts",
                        "150",
                        "--connections",
                        "30000")
                .redirectErrorStream(true)
                .start();
        try {
            String output = new String(run.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertTrue(run.waitFor(10, TimeUnit.SECONDS), "still running after its output ended");
            assertEquals(0, run.exitValue(), output);

            Map<String, List<Integer>> rows = output.lines()
                    .filter(line -> line.matches("(stock|two-pass|gate|steer|hand-over) +\\d.*"))
                    .collect(Collectors.toMap(line -> line.split(" +")[0], RestartTableIT::numbers));
            // Columns: restarts, connections, reset, refused, 503, other, stalled.
            assertTrue(lost(rows.get("stock")) > 0, output);
            assertEquals(0, lost(rows.get("gate")), output);
            assertEquals(0, lost(rows.get("steer")), output);
            assertTrue(rows.get("gate").get(6) < rows.get("gate").get(0), "a client stalls at each restart: " + output);
            assertTrue(rows.get("steer").get(6) <= 1, output);
            assertEquals(0, lost(rows.get("hand-over")), output);
            assertTrue(rows.get("hand-over").get(6) <= 1, output);
        } finally {
            run.destroy();
        }
    }

    private static List<Integer> numbers(String row) {
        return Arrays.stream(row.split(" +"))
                .skip(1)
                .limit(7)
                .map(Integer::valueOf)
                .collect(Collectors.toList());
    }

    private static int lost(List<Integer> row) {
        return row.get(2) + row.get(3) + row.get(4) + row.get(5);
    }
}
