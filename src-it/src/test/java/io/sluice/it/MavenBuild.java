package io.sluice.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A build by the Maven that runs this one, offline if this one is. */
final class MavenBuild {
    static final boolean OFFLINE = System.getProperty("sluice.offline").endsWith("true");
    static final Path LOCAL_REPOSITORY = Path.of(System.getProperty("sluice.repository"));

    private MavenBuild() {}

    /** Runs it to its end, which must be a success. */
    static void run(Path project, Path localRepository, Map<String, String> environment, String... arguments)
            throws Exception {
        Path log = project.resolve("build.log");
        List<String> command = Stream.concat(
                        Stream.of(
                                System.getProperty("sluice.maven"),
                                OFFLINE ? "--offline" : "--batch-mode",
                                "-Dmaven.repo.local=" + localRepository),
                        Stream.of(arguments))
                .toList();
        ProcessBuilder maven = new ProcessBuilder(command)
                .directory(project.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile());
        maven.environment().putAll(environment);
        Process process = maven.start();
        try {
            assertTrue(process.waitFor(4, TimeUnit.MINUTES), "the build does not end");
            assertEquals(0, process.exitValue(), Files.readString(log));
        } finally {
            process.destroyForcibly();
        }
    }
}
