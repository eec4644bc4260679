package io.sluice.it.net;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/** Who servers are run as: in production rarely root, though this harness needs to be. */
public enum User {
    ROOT,
    NOBODY;

    /**
     * The program that becomes this user and then the one that follows.
     *
     * @param jar what that one must be able to read
     * @return the start of a command; empty for the user that we are
     */
    public List<String> launcher(Path jar) throws IOException, InterruptedException {
        return this == ROOT ? List.of() : Unprivileged.launcher(jar);
    }

    /** As it is asked for on a command line. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
