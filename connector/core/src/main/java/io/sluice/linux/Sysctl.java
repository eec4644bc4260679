package io.sluice.linux;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** Settings of the kernel, from /proc/sys. */
public final class Sysctl {
    private static final Path ROOT = Path.of("/proc/sys");

    private Sysctl() {}

    /**
     * Reads one setting.
     *
     * @param name for instance {@code net/core/somaxconn}
     * @return its first line, empty if there is none
     */
    public static Optional<String> read(String name) {
        return firstLine(ROOT.resolve(name));
    }

    /** In one read: a sysctl file ends after its first read, and Files.readString begins with a single byte. */
    static Optional<String> firstLine(Path file) {
        try (BufferedReader reader = Files.newBufferedReader(file)) {
            return Optional.ofNullable(reader.readLine()).map(String::trim);
        } catch (IOException x) {
            return Optional.empty();
        }
    }
}
