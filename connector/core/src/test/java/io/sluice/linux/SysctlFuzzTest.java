package io.sluice.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.AlphaChars;
import net.jqwik.api.constraints.Chars;
import net.jqwik.api.constraints.NumericChars;
import net.jqwik.api.constraints.StringLength;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

/** Whatever is in the file of a setting: its first line or nothing. */
class SysctlFuzzTest {
    private static Path file;

    @BeforeContainer
    static void create() throws IOException {
        file = Files.createTempFile("setting", "");
    }

    @AfterContainer
    static void delete() throws IOException {
        Files.delete(file);
    }

    /** Bytes that are no text, too. */
    @Property(tries = 500)
    void arbitraryBytes(@ForAll byte[] bytes) throws IOException {
        Files.write(file, bytes);

        Optional<String> line = Sysctl.firstLine(file);

        assertFalse(line.isPresent() && line.get().matches("(?s).*[\\n\\r].*"), line::toString);
    }

    /** The first line, however much follows. */
    @Property(tries = 500)
    void theFirstLine(
            @ForAll @AlphaChars @NumericChars @Chars({' ', '\t', '-'}) @StringLength(max = 200) String first,
            @ForAll @AlphaChars @Chars({'\n', '\r', ' '}) @StringLength(max = 2000) String rest)
            throws IOException {
        Files.writeString(file, first + "\n" + rest, StandardCharsets.US_ASCII);

        assertEquals(Optional.of(first.trim()), Sysctl.firstLine(file));
    }
}
