package io.sluice.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.linux.TestGroup.Bound;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The listeners in /proc against those that inet_diag tells of, but for what only that tells; and files that the kernel does not write. */
@Timeout(20)
@EnabledOnOs(OS.LINUX)
class ProcListenersTest extends LiveListeners {
    private static final String HEADER =
            "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n";
    private static final String ROW =
            "   0: 0100007F:B0A1 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0"
                    + "        0 8 1 0000000000000000 100 0 0 10 0\n";

    @TempDir
    private Path dir;

    @ParameterizedTest
    @EnumSource(Bound.class)
    void itTellsWhatInetDiagTells(Bound bound) throws IOException {
        TestGroup group = group(bound, 3);
        try (InetDiag diag = new InetDiag()) {
            Set<InetDiag.Entry> expected = diag.listeners(group.family(), group.port()).stream()
                    .map(ProcListenersTest::withoutV6Only)
                    .collect(Collectors.toSet());

            assertEquals(expected, Set.copyOf(ProcListeners.read(group.family(), group.port())));
            assertEquals(3, expected.size());
        }
    }

    private static InetDiag.Entry withoutV6Only(InetDiag.Entry entry) {
        return new InetDiag.Entry(
                entry.family(),
                entry.localAddress(),
                entry.localPort(),
                entry.device(),
                entry.uid(),
                entry.inode(),
                false);
    }

    @Test
    void listenersComeFirst() throws IOException {
        assertEquals(
                2, read(HEADER + ROW + ROW + ROW.replace(" 0A ", " 01 ") + ROW).size());
        assertEquals(1, read(HEADER + ROW + ROW.replace(":B0A1", ":B0A2")).size());
        assertTrue(read(HEADER).isEmpty());
    }

    @Test
    void theLargestUserIsNoError() throws IOException {
        assertEquals(
                -2,
                read(HEADER + ROW.replace(" 0        0 8 ", " 4294967294        0 8 "))
                        .get(0)
                        .uid());
    }

    @ParameterizedTest
    @ValueSource(strings = {"0100007F", "0100007:B0A1", "01:B0A1", ":B0A1", "0100007F:", "0100007F:X", "X100007F:B0A1"})
    void nonsenseIsAnError(String address) {
        assertThrows(IOException.class, () -> read(HEADER + ROW.replace("0100007F:B0A1", address)));
    }

    private List<InetDiag.Entry> read(String text) throws IOException {
        return ProcListeners.read(Files.writeString(dir.resolve("tcp"), text), Libc.AF_INET, 0xB0A1);
    }
}
