package io.sluice.it.net;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;

/** What the machine must have. */
public final class Requirement {
    private Requirement() {}

    /**
     * A program, and the Debian package that it comes from.
     *
     * @throws MissingException if it is not on the path
     */
    public static void program(String name, String debianPackage) {
        boolean found = Pattern.compile(File.pathSeparator)
                .splitAsStream(System.getenv().getOrDefault("PATH", ""))
                .anyMatch(directory -> Files.isExecutable(Path.of(directory, name)));
        if (!found) {
            throw missing("the program %s, of the Debian package %s".formatted(name, debianPackage));
        }
    }

    /**
     * The rights of root.
     *
     * @throws MissingException for any other user
     */
    public static void root() throws IOException {
        if (!Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0)) {
            throw missing("root, for network namespaces and to become another user");
        }
    }

    /** Says that this machine lacks something. */
    public static MissingException missing(String what) {
        return new MissingException("This needs " + what);
    }

    /** Something that the machine lacks, in a sentence. */
    public static final class MissingException extends RuntimeException {
        private static final long serialVersionUID = 1;

        private MissingException(String message) {
            super(message);
        }
    }
}
