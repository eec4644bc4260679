package io.sluice.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

@Timeout(20)
class SysctlTest {
    @TempDir
    private Path directory;

    /** Only the first line counts, without the space around it. */
    @Test
    void theFirstLine() throws IOException {
        assertEquals(Optional.of("4096"), Sysctl.firstLine(file(" 4096 \n128\n")));
        assertEquals(Optional.of("4096"), Sysctl.firstLine(file("4096")));
        assertEquals(Optional.of(""), Sysctl.firstLine(file("\n4096\n")));
    }

    /** A setting that this kernel does not have, or that has no value. */
    @Test
    void noSetting() throws IOException {
        assertEquals(Optional.empty(), Sysctl.firstLine(directory.resolve("missing")));
        assertEquals(Optional.empty(), Sysctl.firstLine(directory));
        assertEquals(Optional.empty(), Sysctl.firstLine(file("")));
    }

    /** A sysctl file ends after its first read: who reads it byte by byte sees 4 instead of 4096. */
    @Test
    @EnabledOnOs(OS.LINUX)
    void aSettingOfTheKernelIsReadWhole() throws Exception {
        Process cat = new ProcessBuilder("cat", "/proc/sys/net/core/somaxconn").start();
        String printed = new String(cat.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
        assertEquals(0, cat.waitFor());

        assertEquals(Optional.of(printed.strip()), Sysctl.read("net/core/somaxconn"));
    }

    private Path file(String content) throws IOException {
        return Files.writeString(directory.resolve("setting"), content);
    }
}
