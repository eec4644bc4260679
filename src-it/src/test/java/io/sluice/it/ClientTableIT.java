package io.sluice.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.it.net.Requirement;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A short run of the command that lets client programs loose on workers while these are restarted. */
@Timeout(600)
class ClientTableIT {
    /** One of each program. */
    private static final List<String> CLIENTS = List.of(
            "wrk-keepalive",
            "ab-keepalive",
            "curl-h2",
            "upload-http",
            "nghttp-h2c",
            "jdk-http",
            "jdk-h2c",
            "haproxy-http",
            "nginx-http");

    /** Those whose every connection can go on in another worker, and that open none by themselves. */
    private static final Set<String> UNDISTURBED = Set.of("wrk-keepalive", "haproxy-http", "nginx-http");

    private static final int RESTARTS = 3;

    /** Skipped without a newer JDK than tests may ask for. */
    private static final String HTTP2_OF_THE_JDK = "jdk-h2c";

    @Test
    void noClientLosesAnythingWithSluice() throws Exception {
        Requirement.program("wrk", "wrk");
        Requirement.program("ab", "apache2-utils");
        Requirement.program("curl", "curl");
        Requirement.program("nghttp", "nghttp2-client");
        Requirement.program("haproxy", "haproxy");
        Requirement.program("nginx", "nginx-light");

        Table table = Table.of("sluice", CLIENTS);

        List<String> expected = CLIENTS.stream()
                .filter(client -> !client.equals(HTTP2_OF_THE_JDK) || !table.output.contains(client + " is skipped."))
                .toList();
        assertEquals(expected, clients(table.rows, "sluice"), table.output);
        assertTrue(table.rows.stream().allMatch(row -> row.restarts == RESTARTS), table.output);
        assertEquals(0, lost(table.rows, "sluice"), table.output);
        assertTrue(
                table.rows.stream()
                        .filter(row -> UNDISTURBED.contains(row.client))
                        .allMatch(row -> row.openedAgain.equals("0")),
                table.output);
    }

    /** Those that meet a restart most often are enough to see that the table sees what is lost. */
    @Test
    void someLoseWithTheStockConnector() throws Exception {
        Requirement.program("wrk", "wrk");
        Requirement.program("ab", "apache2-utils");

        Table table = Table.of("stock", List.of("wrk-keepalive", "ab-keepalive", "jdk-http"));

        assertTrue(lost(table.rows, "stock") > 0, table.output);
    }

    /** What one run of the tool printed. */
    private record Table(String output, List<Row> rows) {
        static Table of(String connector, List<String> clients) throws Exception {
            Process run = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-jar",
                            System.getProperty("sluice.client-table"),
                            "--restarts",
                            Integer.toString(RESTARTS),
                            "--servers",
                            connector,
                            "--clients",
                            String.join(",", clients))
                    .redirectErrorStream(true)
                    .start();
            try {
                String output = new String(run.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
                assertTrue(run.waitFor(10, TimeUnit.SECONDS), "still running after its output ended");
                assertEquals(0, run.exitValue(), output);
                return new Table(
                        output,
                        output.lines()
                                .filter(line -> line.matches("\\S+ +(stock|sluice)( +\\d+){6} +(\\d+|-) +\\d+"))
                                .map(Row::of)
                                .toList());
            } finally {
                run.destroy();
            }
        }
    }

    private static List<String> clients(List<Row> rows, String connector) {
        return rows.stream()
                .filter(row -> row.connector.equals(connector))
                .map(Row::client)
                .toList();
    }

    private static int lost(List<Row> rows, String connector) {
        return rows.stream()
                .filter(row -> row.connector.equals(connector))
                .mapToInt(Row::lost)
                .sum();
    }

    /** Columns: client, connector, restarts, requests, 5xx, errors, timeouts, lost, opened again, longest stop. */
    private record Row(String client, String connector, int restarts, int lost, String openedAgain) {
        static Row of(String line) {
            List<String> columns = Arrays.asList(line.split(" +"));
            return new Row(
                    columns.get(0),
                    columns.get(1),
                    Integer.parseInt(columns.get(2)),
                    Integer.parseInt(columns.get(7)),
                    columns.get(8));
        }
    }
}
