package io.sluice.examples.rolling;

import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Where the worker is. */
final class WorkerJar {
    private static final String BUILD_COMMAND = "mvn -DskipTests package -pl examples/rolling-restart -am";

    private WorkerJar() {}

    /**
     * The worker's jar.
     *
     * @param wanted the one that the user names, or null for the default one
     */
    static Path find(Path wanted) {
        Path jar = wanted == null ? defaultJar() : wanted;
        if (!Files.isReadable(jar) || Files.isDirectory(jar)) {
            throw new BadOption(
                    "--worker-jar",
                    jar,
                    "an existing jar; in the directory of the project, this builds the default one: " + BUILD_COMMAND);
        }
        return jar;
    }

    /** It lies in the module beside ours, seen from our own jar in target/ as from target/classes. */
    private static Path defaultJar() {
        try {
            Path own = Path.of(WorkerJar.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI());
            return own.resolveSibling("../../embedded/target/sluice-worker.jar").normalize();
        } catch (URISyntaxException x) {
            throw new IllegalStateException("the place of our own classes is no file", x);
        }
    }
}
