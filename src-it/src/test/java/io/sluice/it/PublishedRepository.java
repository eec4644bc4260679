package io.sluice.it;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A local repository that has what this build publishes, as somebody gets it who has never built it. Everything else in it
 * is this user's own local repository, linked. No installed artifact of an earlier build is in the way, and none is left
 * behind.
 */
final class PublishedRepository implements AutoCloseable {
    private static final Path PROJECT = Path.of(System.getProperty("sluice.project"));
    private static final String VERSION = System.getProperty("sluice.version");

    /** The artifacts, and the modules that they come from. */
    private static final Map<String, String> JARS = Map.of(
            "sluice-connector", "connector/core",
            "sluice-dropwizard", "connector/dropwizard",
            "sluice-spring-boot-starter", "connector/spring-boot-starter");

    private static final List<String> GROUP = List.of("io", "sluice");

    private final Path directory;
    private final List<Path> links = new ArrayList<>();

    /** Makes one in this directory, which is empty. */
    PublishedRepository(Path directory) throws IOException {
        this.directory = directory;
        Path copy = directory;
        Path original = MavenBuild.LOCAL_REPOSITORY;
        for (String name : GROUP) {
            linkAllBut(name, original, copy);
            original = original.resolve(name);
            copy = Files.createDirectory(copy.resolve(name));
        }
        publish("sluice-parent", PROJECT, "pom");
        for (Map.Entry<String, String> jar : JARS.entrySet()) {
            publish(jar.getKey(), PROJECT.resolve(jar.getValue()), "jar");
        }
    }

    Path directory() {
        return directory;
    }

    private void linkAllBut(String name, Path from, Path to) throws IOException {
        if (!Files.isDirectory(from)) {
            return;
        }
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(from)) {
            for (Path entry : entries) {
                if (!entry.endsWith(name)) {
                    links.add(Files.createSymbolicLink(to.resolve(entry.getFileName()), entry.toAbsolutePath()));
                }
            }
        }
    }

    private void publish(String artifact, Path module, String packaging) throws IOException {
        String file = artifact + "-" + VERSION;
        Path to = Files.createDirectories(
                directory.resolve(String.join("/", GROUP)).resolve(artifact).resolve(VERSION));
        Files.copy(module.resolve("pom.xml"), to.resolve(file + ".pom"));
        if (packaging.equals("jar")) {
            Files.copy(module.resolve("target").resolve(file + ".jar"), to.resolve(file + ".jar"));
        }
    }

    /** Deletes the links, and nothing that they lead to. */
    @Override
    public void close() throws IOException {
        for (Path link : links) {
            Files.deleteIfExists(link);
        }
    }
}
