package io.sluice.examples.rolling;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A file that the results go to, if the user wants one.
 *
 * @param option the option that names it
 * @param path where it is, null if it is not wanted
 */
record OutputFile(String option, Path path) {
    boolean isWanted() {
        return path != null;
    }

    void checkIsNot(OutputFile other) {
        if (isWanted() && path.equals(other.path)) {
            throw new BadOption(option, path, "another file than that of " + other.option);
        }
    }

    /** Before any load: a bad file is known at once, and no older results pass for those of this run. */
    void clear() {
        if (!isWanted()) {
            return;
        }
        try {
            Files.writeString(path, "");
        } catch (IOException x) {
            throw new BadOption(option, path, "a file that can be written (" + x + ")");
        }
    }

    void write(String content) throws IOException {
        Files.writeString(path, content);
    }
}
