package io.sluice.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

/** Whatever is in the file: a count or an IOException with a sentence, soon. */
@Tag("slow")
class HalfOpenCounterFuzzTest {
    private static final Duration SOON = Duration.ofSeconds(5);
    private static final String HEADER =
            "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n";

    private static Path file;

    @BeforeContainer
    static void create() throws IOException {
        file = Files.createTempFile("tcp", "");
    }

    @AfterContainer
    static void delete() throws IOException {
        Files.delete(file);
    }

    /** One row of the file. */
    record Row(String state, long inode, int references) {
        @Override
        public String toString() {
            return ("   0: 0100007F:B0A1 00000000:0000 %s 00000000:00000000 00:00000000 00000000     0        0 %d %d"
                            + " 0000000000000000 100 0 0 10 0                     \n")
                    .formatted(state, inode, references);
        }
    }

    /** No file of the kernel: no answer, but no other failure either. */
    @Property(tries = 300)
    void arbitraryBytes(@ForAll byte[] bytes, @ForAll @LongRange(min = 0) long inode) {
        assertEnds(bytes, inode);
    }

    /** Columns that are missing, too many, in the wrong place, or no numbers. */
    @Property(tries = 400, edgeCases = EdgeCasesMode.NONE)
    void wrongColumns(@ForAll("words") List<List<String>> lines, @ForAll @IntRange(max = 9) int inode) {
        String text =
                lines.stream().map(words -> String.join(" ", words)).collect(Collectors.joining("\n", HEADER, "\n"));

        assertEnds(text.getBytes(StandardCharsets.US_ASCII), inode);
    }

    /** The count is that of the first listener of this inode; without one it is an error that names the inode. */
    @Property(tries = 300, edgeCases = EdgeCasesMode.NONE)
    void theFirstListenerOfTheInode(@ForAll("rows") List<Row> rows, @ForAll @IntRange(max = 9) int inode)
            throws IOException {
        List<Row> ours = rows.stream()
                .filter(row -> row.state().equals("0A") && row.inode() == inode)
                .toList();
        write((HEADER + rows.stream().map(Row::toString).collect(Collectors.joining()))
                .getBytes(StandardCharsets.US_ASCII));

        if (ours.isEmpty()) {
            IOException missing = assertThrows(IOException.class, () -> count(inode));
            assertTrue(missing.getMessage().endsWith("lists no listener with inode " + inode), missing::getMessage);
        } else {
            assertEquals(ours.get(0).references(), count(inode));
        }
    }

    /** A file that ends anywhere, as when it shrinks while it is read: the count of a whole row, or an error. */
    @Property(tries = 300, edgeCases = EdgeCasesMode.NONE)
    void cutOffAnywhere(@ForAll("rows") List<Row> rows, @ForAll @IntRange(max = 9) int inode, @ForAll int at)
            throws IOException {
        byte[] whole = (HEADER + rows.stream().map(Row::toString).collect(Collectors.joining()))
                .getBytes(StandardCharsets.US_ASCII);
        write(Arrays.copyOf(whole, Math.floorMod(at, whole.length + 1)));

        try {
            int count = count(inode);
            assertTrue(rows.stream().anyMatch(row -> row.references() == count && row.inode() == inode), "" + count);
        } catch (IOException x) {
            assertTrue(x.getMessage().contains("inode " + inode), x::getMessage);
        }
    }

    /** A listener is found wherever it is in a huge file, across the ends of what is read at once. */
    @Property(tries = 40)
    void aHugeFile(@ForAll @IntRange(max = 20_000) int before, @ForAll @IntRange(max = 20_000) int after)
            throws IOException {
        String others = new Row("0A", 7, 3).toString();
        write((HEADER + others.repeat(before) + new Row("0A", 8, 42) + others.repeat(after))
                .getBytes(StandardCharsets.US_ASCII));

        assertEquals(42, count(8));
    }

    /** Rows without end of line, as long as the listeners of a busy machine together. */
    @Property(tries = 3)
    void oneEndlessLine(@ForAll @IntRange(min = 1_000_000, max = 2_000_000) int length) {
        byte[] line = new byte[length];
        Arrays.fill(line, (byte) ' ');

        assertEnds(line, 8);
    }

    @Provide
    Arbitrary<List<List<String>>> words() {
        Arbitrary<String> word = Arbitraries.oneOf(
                Arbitraries.of("0A", "01", "0:", "8", "-1", "99999999999999999999", "x", ""),
                Arbitraries.integers().between(0, 9).map(String::valueOf),
                Arbitraries.strings().ascii().ofMaxLength(8));
        // Often enough the state and an inode are where they belong.
        Arbitrary<List<String>> likely = Combinators.combine(
                        word.list().ofSize(3),
                        Arbitraries.of("0A", "01"),
                        word.list().ofSize(5),
                        Arbitraries.integers().between(0, 9).map(String::valueOf),
                        word.list().ofMaxSize(3))
                .as((first, state, middle, inode, last) -> {
                    List<String> row = new ArrayList<>(first);
                    row.add(state);
                    row.addAll(middle);
                    row.add(inode);
                    row.addAll(last);
                    return row;
                });
        return Arbitraries.oneOf(likely, word.list().ofMaxSize(16)).list().ofMaxSize(20);
    }

    @Provide
    Arbitrary<List<Row>> rows() {
        return Combinators.combine(
                        Arbitraries.of("0A", "0A", "01", "06"),
                        Arbitraries.longs().between(0, 9),
                        Arbitraries.integers().greaterOrEqual(1))
                .as(Row::new)
                .list()
                .ofMaxSize(200);
    }

    private static void assertEnds(byte[] bytes, long inode) {
        assertTimeoutPreemptively(SOON, () -> {
            write(bytes);
            try {
                count(inode);
            } catch (IOException x) {
                assertTrue(x.getMessage().startsWith(file.toString()), x::getMessage);
            }
        });
    }

    private static void write(byte[] bytes) throws IOException {
        Files.write(file, bytes);
    }

    private static int count(long inode) throws IOException {
        try (HalfOpenCounter counter = new HalfOpenCounter(file, inode)) {
            return counter.references();
        }
    }
}
