package io.sluice.it.net;

import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;

/** What a test needs from the machine. Without it the test is skipped, saying what is missing; in CI it fails. */
public final class Requirement {
    private Requirement() {}

    /** A program, and the Debian package that it comes from. */
    public static void program(String name, String debianPackage) {
        boolean found = Pattern.compile(File.pathSeparator)
                .splitAsStream(System.getenv().getOrDefault("PATH", ""))
                .anyMatch(directory -> Files.isExecutable(Path.of(directory, name)));
        if (!found) {
            throw missing("the program %s, of the Debian package %s".formatted(name, debianPackage));
        }
    }

    /** The rights of root. */
    static void root() throws IOException {
        if (!Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0)) {
            throw missing("root, for network namespaces and to become another user");
        }
    }

    /**
     * Ends the test: skipped, or failed where the environment variable CI is true.
     *
     * @return never; for callers to say "throw", so that the compiler knows
     */
    static RuntimeException missing(String what) {
        String message = "This test needs " + what;
        if ("true".equals(System.getenv("CI"))) {
            return fail(message);
        }
        return abort(message);
    }
}
