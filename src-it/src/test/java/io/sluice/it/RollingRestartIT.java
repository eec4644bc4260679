package io.sluice.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The README's first command. */
@Timeout(300)
class RollingRestartIT {
    @Test
    void sluiceLosesNothingAndTheStockConnectorDoes(@TempDir Path dir) throws Exception {
        Path figures = dir.resolve("figures.json");
        Process run = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-jar",
                        System.getProperty("sluice.rolling-restart"),
                        "--json",
                        figures.toString())
                .redirectErrorStream(true)
                .start();
        try {
            String output = new String(run.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertTrue(run.waitFor(10, TimeUnit.SECONDS), "still running after its output ended");

            assertEquals(0, run.exitValue(), output);
            assertTrue(output.contains("Sluice lost 0 of 300"), output);
            String json = Files.readString(figures);
            Matcher lost = Pattern.compile("\"lost\"\\s*:\\s*(\\d+)").matcher(json);
            assertTrue(lost.find() && Integer.parseInt(lost.group(1)) > 0, "the stock connector lost nothing: " + json);
            assertTrue(lost.find() && Integer.parseInt(lost.group(1)) == 0, json);
        } finally {
            run.destroy();
        }
    }
}
