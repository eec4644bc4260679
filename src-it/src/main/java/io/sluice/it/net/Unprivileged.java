package io.sluice.it.net;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A user without any right, to run workers as. */
public final class Unprivileged {
    private static final List<String> SETPRIV = List.of(
            "setpriv",
            "--reuid=65534",
            "--regid=65534",
            "--clear-groups",
            "--inh-caps=-all",
            "--bounding-set=-all",
            "--no-new-privs");

    private Unprivileged() {}

    /**
     * The program that drops all rights and becomes the one that follows.
     *
     * @param jar what that one must be able to read
     * @return the start of a command
     */
    public static List<String> launcher(Path jar) throws IOException, InterruptedException {
        Requirement.root();
        Requirement.program("setpriv", "util-linux");
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        List<String> readable = new ArrayList<>(SETPRIV);
        readable.addAll(List.of("sh", "-c", "test -x \"$1\" && test -r \"$2\"", "sh", java, jar.toString()));
        try {
            Command.run(readable);
        } catch (IOException x) {
            throw Requirement.missing("%s and %s to be readable by every user".formatted(java, jar));
        }
        return SETPRIV;
    }
}
