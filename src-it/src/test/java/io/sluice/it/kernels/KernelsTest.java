package io.sluice.it.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

/** What needs no guest: its options, and its tables. */
class KernelsTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--clients=0         | --clients is 0; allowed is 1 to 1000",
                "--restarts=0        | --restarts is 0; allowed is 1 to 1000",
                "--limit-s=0         | --limit-s is 0; allowed is 1 to 86400",
                "--users=you         | expected one of [ROOT, NOBODY] (case-insensitive) but was 'you'",
                "--strategies=gate,x | drainStrategy is 'x'; allowed are",
                "--worker-jar=none   | --worker-jar is none; allowed is the worker's jar"
            })
    void badOptionsAreRefused(String option, String sentence) {
        StringWriter output = new StringWriter();
        CommandLine command = Kernels.commandLine().setErr(new PrintWriter(output));

        assertEquals(2, command.execute(option));
        assertTrue(output.toString().contains(sentence), output::toString);
    }

    @Test
    void theTablesHaveARowForEachKernelAndUser() {
        GuestReport one = GuestReport.parse(
                "",
                List.of(
                        "KERNEL\t6.1.0-50-amd64\t#1 SMP PREEMPT_DYNAMIC Debian 6.1.176-1 (2026-07-02)",
                        "OPTION\tnobody\tSO_ATTACH_FILTER\tEPERM",
                        "OPTION\tnobody\tIP_MINTTL\tok",
                        "TRIAL\tgate\tnobody\tgate\tTTL\t2\t900,0,0,0,3\t40,0,0,0,0\t20\t40,0,0,0,0\t",
                        "END"));
        GuestReport other = GuestReport.parse("6.12.117+deb12-amd64", List.of());

        assertEquals("""
                | kernel | user | strategy | drains by | gate | restarts | ok | reset | refused | other | slow | half-open | stragglers | frozen queue | verdict |
                |---|---|---|---|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|---|
                | 6.1.0-50-amd64 (6.1.176) | nobody | gate | gate | TTL | 2 | 900 | 0 | 0 | 0 | 3 | 40 of 40 | 20 | 40 of 40 | passes |

                | kernel | user | SO_ATTACH_FILTER | IP_MINTTL |
                |---|---|---|---|
                | 6.1.0-50-amd64 (6.1.176) | nobody | EPERM | ok |
                """, Kernels.table(List.of(one, other)));
    }

    @Test
    void theFirstProcessOfAGuestIsThere() {
        assertTrue(Kernels.class.getResource("init") != null);
    }
}
