package io.sluice;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A JVM of its own, for what can be seen only once in the life of one. */
public final class TestJvm {
    private static final int LIMIT_SECONDS = 50;

    private final List<String> command = new ArrayList<>();
    private List<String> classPath = classPath();

    /** Begins with a command that runs the JVM, if any. */
    public TestJvm(String... wrapper) {
        command.addAll(List.of(wrapper));
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    }

    /** The class path of the tests. */
    public static List<String> classPath() {
        return Arrays.asList(System.getProperty("java.class.path").split(File.pathSeparator));
    }

    public TestJvm options(String... options) {
        command.addAll(List.of(options));
        return this;
    }

    public TestJvm classPath(List<String> entries) {
        classPath = List.copyOf(entries);
        return this;
    }

    /** The class path of the tests, without JNA. */
    public TestJvm withoutJna() {
        return classPath(
                classPath.stream().filter(entry -> !entry.contains("jna")).toList());
    }

    /** The class path of the tests, in a directory that every user can read. */
    public TestJvm readableByAll(Path directory) throws IOException {
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
        List<String> copies = new ArrayList<>();
        for (String entry : classPath) {
            Path source = Path.of(entry);
            Path copy = directory.resolve(copies.size() + "-" + source.getFileName());
            if (Files.exists(source)) {
                copyAll(source, copy);
                copies.add(copy.toString());
            }
        }
        return classPath(copies);
    }

    private static void copyAll(Path source, Path copy) throws IOException {
        try (Stream<Path> files = Files.walk(source)) {
            for (Path file : (Iterable<Path>) files::iterator) {
                Files.copy(file, copy.resolve(source.relativize(file).toString()));
            }
        }
    }

    /** Runs a class to its end, and gives what it has written. */
    public String run(Class<?> main, String... arguments) throws IOException, InterruptedException {
        command.addAll(List.of("-cp", String.join(File.pathSeparator, classPath), main.getName()));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        CompletableFuture.delayedExecutor(LIMIT_SECONDS, TimeUnit.SECONDS).execute(process::destroyForcibly);
        try {
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertTrue(process.waitFor(10, TimeUnit.SECONDS), "still running after its output ended");
            return output;
        } finally {
            process.destroy();
        }
    }
}
