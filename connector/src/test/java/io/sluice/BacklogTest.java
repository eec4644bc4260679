package io.sluice;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class BacklogTest {
    @Test
    void readsTheCap(@TempDir Path dir) throws Exception {
        assertEquals(128, Backlog.cap(Files.writeString(dir.resolve("somaxconn"), "128\n")));
    }

    @Test
    void anUnknownCapIsNone(@TempDir Path dir) throws Exception {
        assertEquals(Integer.MAX_VALUE, Backlog.cap(dir.resolve("missing")));
        assertEquals(Integer.MAX_VALUE, Backlog.cap(Files.writeString(dir.resolve("empty"), "")));
        assertEquals(Integer.MAX_VALUE, Backlog.cap(Files.writeString(dir.resolve("odd"), "many")));
    }

    /** A sysctl file ends after its first read: whoever reads it byte by byte sees 4 for 4096. */
    @Test
    @EnabledOnOs(OS.LINUX)
    void theKernelsFileIsReadWhole() throws Exception {
        Process cat = new ProcessBuilder("cat", "/proc/sys/net/core/somaxconn").start();
        int expected = Integer.parseInt(
                new String(cat.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.US_ASCII).trim());

        assertEquals(expected, Backlog.cap(Path.of("/proc/sys/net/core/somaxconn")));
    }
}
