package io.sluice;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.File;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Servers on a listener that another process keeps, as systemd does: what one sets on it, the next one has to live with. */
@Tag("slow")
@Timeout(120)
@EnabledOnOs(OS.LINUX)
class InheritedListenerTest {
    private static final String PYTHON = "/usr/bin/python3";
    private static final String REASON = "as others may hold the listener, nothing is set on it";

    @BeforeAll
    static void requirePython() {
        if (!Files.isExecutable(Path.of(PYTHON))) {
            String missing = "needs " + PYTHON + ", which holds the listener";
            if ("true".equals(System.getenv("CI"))) {
                fail(missing);
            }
            abort(missing);
        }
    }

    /** Two servers in turn: after each stop the listener is as it was, and every client is answered. */
    @ParameterizedTest
    @CsvSource({"0, auto", "1, auto", "1, two-pass", "0, auto closeStdin", "1, auto closeStdin"})
    void theListenerServesTheNextOne(int reusePort, String arguments) throws Exception {
        String output = hold(reusePort, "load", arguments);

        boolean auto = arguments.startsWith("auto");
        assertEquals(2, count("READY two-pass " + (auto ? REASON : "as configured"), output), output);
        assertEquals(2, count("\nTTL 0\n", output), output);
        assertEquals(2, count("\nDEVICE 0\n", output), output);
        assertTrue(output.contains("\nFAILED 0 "), output);
        assertFalse(output.contains(" WARN "), output);
        assertStopped(output);
    }

    /** As descriptor 3, with LISTEN_FDS: the standard input is something else, and the server knows its port. */
    @Test
    void aPassedListenerServesTheNextOne() throws Exception {
        String output = hold(0, "passed", "auto");

        Matcher port = Pattern.compile("PORT ([0-9]+)\n").matcher(output);
        assertTrue(port.find(), output);
        assertEquals(2, count("READY two-pass " + REASON + " port " + port.group(1) + "\n", output), output);
        assertEquals(2, count("\nTTL 0\n", output), output);
        assertTrue(output.contains("\nFAILED 0 "), output);
        assertFalse(output.contains(" WARN "), output);
        assertStopped(output);
    }

    /** What a drain reports is read from the log: it is not lost with the standard streams. */
    @Test
    void theReportCanBeRead() throws Exception {
        String output = hold(0, "quiet", "auto");

        assertEquals(2, count("INFO io.sluice.DrainingServerConnector - Drained ", output), output);
        assertEquals(2, count("\"strategyReason\":\"" + REASON + "\"", output), output);
    }

    /** The holder clears O_NONBLOCK all the time, and takes connections itself: nobody hangs in an accept for that. */
    @ParameterizedTest
    @ValueSource(strings = {"clear", "clear-and-take"})
    void aHolderThatClearsNonblockStopsNobody(String mode) throws Exception {
        String output = hold(0, mode, "auto");

        assertTrue(output.contains("\nFAILED 0 "), output);
        assertStopped(output);
    }

    @ParameterizedTest
    @CsvSource({"steer", "gate"})
    void whatSetsSomethingIsRefused(String strategy) throws Exception {
        assertEquals(
                "REFUSED drainStrategy is '%s', which cannot work here: %s; allowed here are auto, two-pass"
                        .formatted(strategy, REASON),
                hold(1, "quiet", strategy).replaceFirst("PORT .*\n", "").strip());
    }

    private static void assertStopped(String output) {
        Matcher stops =
                Pattern.compile("STOPPED after ([0-9.]+) s, exit code 143").matcher(output);
        for (int i = 0; i < 2; i++) {
            assertTrue(stops.find(), output);
            assertTrue(Double.parseDouble(stops.group(1)) < 8, output);
        }
    }

    private static int count(String text, String output) {
        return output.split(Pattern.quote(text), -1).length - 1;
    }

    private static String hold(int reusePort, String mode, String arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of(PYTHON, script().toString(), Integer.toString(reusePort), mode));
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of(
                "-XX:TieredStopAtLevel=1",
                "-Dorg.slf4j.simpleLogger.log.io.sluice.DrainingServerConnector=info",
                "-cp",
                String.join(File.pathSeparator, TestJvm.classPath())));
        command.add(InheritedServer.class.getName());
        command.addAll(List.of(arguments.split(" ")));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        try {
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertTrue(process.waitFor(10, TimeUnit.SECONDS), output);
            return output;
        } finally {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
    }

    private static Path script() throws URISyntaxException {
        return Path.of(InheritedListenerTest.class.getResource("/holder.py").toURI());
    }
}
