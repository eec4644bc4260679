package io.sluice.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Against files as the kernel writes them; the counts themselves are tested with live sockets. */
class HalfOpenCounterTest {
    private static final String HEADER =
            "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n";

    @TempDir
    private Path dir;

    @Test
    void readsTheListener() throws Exception {
        assertEquals(42, count(HEADER + row("0A", 7, 3) + row("0A", 8, 42)));
    }

    /** The kernel hands out the file in pieces that need not end with a line. */
    @Test
    void findsAListenerFarBehind() throws Exception {
        assertEquals(5, count(HEADER + row("0A", 7, 3).repeat(500) + row("0A", 8, 5)));
    }

    /** An established connection may have any inode but ours; a state other than LISTEN is none of ours. */
    @Test
    void readsListenersOnly() {
        assertThrows(IOException.class, () -> count(HEADER + row("01", 8, 3)));
    }

    /** In a drain all descriptors may be in use, and handshakes under way were not seen then. */
    @Test
    void aCountNeedsNoNewDescriptor() throws Exception {
        Path file = Files.writeString(dir.resolve("tcp"), HEADER + row("0A", 8, 3));
        try (HalfOpenCounter counter = new HalfOpenCounter(file, 8)) {
            Files.writeString(file, HEADER + row("0A", 8, 4));
            assertEquals(4, counter.references());
            Files.delete(file); // It cannot be opened any more.
            assertEquals(4, counter.references());
        }
    }

    /** Who stops a server may be interrupted: that closes channels. */
    @Test
    void anInterruptDoesNotCloseTheFile() throws Exception {
        Path file = Files.writeString(dir.resolve("tcp"), HEADER + row("0A", 8, 3));
        try (HalfOpenCounter counter = new HalfOpenCounter(file, 8)) {
            Thread.currentThread().interrupt();
            assertEquals(3, counter.references());
            assertTrue(Thread.interrupted());
            assertEquals(3, counter.references());
        }
    }

    @Test
    void aMissingListenerIsAnError() {
        IOException failure = assertThrows(IOException.class, () -> count(HEADER + row("0A", 7, 3)));

        assertTrue(failure.getMessage().endsWith("lists no listener with inode 8"), failure::getMessage);
    }

    @Test
    void nonsenseIsAnError() {
        assertThrows(IOException.class, () -> count(HEADER + row("0A", 8, 3).replace(" 3 ", " x ")));
        assertThrows(IOException.class, () -> count("nonsense"));
        assertThrows(IOException.class, () -> new HalfOpenCounter(dir.resolve("missing"), 8));
    }

    /** One reference is the listener's own, and each queued connection has one, unless it came by syncookie. */
    @Test
    void countsWhatIsNotQueued() throws Exception {
        Path file = Files.writeString(dir.resolve("tcp"), HEADER + row("0A", 8, 4));
        try (HalfOpenCounter counter = new HalfOpenCounter(file, 8)) {
            assertEquals(3, counter.count(0));
            assertEquals(1, counter.count(2));
            assertEquals(1, counter.count(3), "three of the queued may have come by syncookie");
            assertEquals(1, counter.count(100));
        }
        Files.writeString(file, HEADER + row("0A", 8, 1));
        try (HalfOpenCounter counter = new HalfOpenCounter(file, 8)) {
            assertEquals(0, counter.count(0));
            assertEquals(0, counter.count(3));
        }
    }

    private int count(String text) throws IOException {
        try (HalfOpenCounter counter = new HalfOpenCounter(Files.writeString(dir.resolve("tcp"), text), 8)) {
            return counter.references();
        }
    }

    private static String row(String state, int inode, int references) {
        return ("   0: 0100007F:B0A1 00000000:0000 %s 00000000:00000000 00:00000000 00000000     0        0 %d %d"
                        + " 0000000000000000 100 0 0 10 0                     \n")
                .formatted(state, inode, references);
    }
}
