package io.sluice.it.net;

import com.sun.jna.StringArray;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Runs java as a user without any right. As a main class it puts another java, with that user and its own arguments, in
 * its place: the process id stays.
 */
final class Unprivileged {
    private static final List<String> SETPRIV = List.of(
            "setpriv",
            "--reuid=65534",
            "--regid=65534",
            "--clear-groups",
            "--inh-caps=-all",
            "--bounding-set=-all",
            "--no-new-privs");
    private static final String JAVA =
            Path.of(System.getProperty("java.home"), "bin", "java").toString();

    private Unprivileged() {}

    /** What to give a java, in front of all that it is to run, so that it runs that as the other user. */
    static List<String> jvmArgs() throws IOException, InterruptedException {
        Requirement.program("setpriv", "util-linux");
        String jar = System.getProperty("sluice.worker");
        try {
            Command.run(prefixed(List.of("sh", "-c", "test -x \"$1\" && test -r \"$2\"", "sh", JAVA, jar)));
        } catch (IOException x) {
            throw Requirement.missing("%s and %s to be readable by every user".formatted(JAVA, jar));
        }
        return List.of("-cp", System.getProperty("java.class.path"), Unprivileged.class.getName());
    }

    public static void main(String[] args) {
        List<String> java = new ArrayList<>(List.of(JAVA));
        java.addAll(List.of(args));
        String[] command = prefixed(java).toArray(String[]::new);
        Libc.execvp(command[0], new StringArray(command));
    }

    private static List<String> prefixed(List<String> command) {
        List<String> whole = new ArrayList<>(SETPRIV);
        whole.addAll(command);
        return whole;
    }
}
