package io.sluice.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Whoever builds what we publish gets the same bytes, wherever, whenever and in whatever language. */
@Timeout(300)
class ReproducibleBuildIT {
    private static final List<String> PUBLISHED =
            List.of("connector/core", "connector/dropwizard", "connector/spring-boot-starter");
    private static final Set<String> NOT_SOURCE = Set.of("target", ".git", ".idea");
    private static final List<String> JARS = List.of("0.jar", "-sources.jar", "-javadoc.jar");
    private static final List<String> JARS_AND_SBOM =
            Stream.concat(JARS.stream(), Stream.of("bom.json")).toList();
    private static final Path PROJECT = Path.of(System.getProperty("sluice.project"));

    @TempDir
    private Path directory;

    @Test
    void twoBuildsAreTheSameToTheByte() throws Exception {
        copySources(directory);
        build(directory);

        Map<String, String> first = published(PROJECT);
        Map<String, String> second = published(directory);
        Set<String> files = new TreeSet<>(first.keySet());
        files.addAll(second.keySet());
        files.removeIf(file -> Objects.equals(first.get(file), second.get(file)));
        assertEquals(Set.of(), files, "they differ; if the first was not a clean build, do that first");
        for (String module : PUBLISHED) {
            for (String kind : MavenBuild.OFFLINE ? JARS : JARS_AND_SBOM) {
                assertTrue(
                        first.keySet().stream()
                                .anyMatch(file -> file.startsWith(module + "/target/") && file.endsWith(kind)),
                        () -> "no " + kind + " of " + module + ": " + first.keySet());
            }
        }
    }

    private static void copySources(Path to) throws IOException {
        Files.walkFileTree(PROJECT, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path dir, BasicFileAttributes attributes) throws IOException {
                if (NOT_SOURCE.contains(dir.getFileName().toString())) {
                    return FileVisitResult.SKIP_SUBTREE;
                }
                Files.createDirectories(to.resolve(PROJECT.relativize(dir)));
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.copy(file, to.resolve(PROJECT.relativize(file)));
                return FileVisitResult.CONTINUE;
            }
        });
    }

    /** In another directory, time zone and language than this one. Offline, the plugin for the SBOM does nothing. */
    private static void build(Path project) throws Exception {
        MavenBuild.run(
                project,
                MavenBuild.LOCAL_REPOSITORY,
                Map.of(
                        "TZ", "Pacific/Chatham",
                        "MAVEN_OPTS", "-Duser.language=tr -Duser.country=TR -Duser.name=somebody"),
                "-DskipTests",
                "-pl",
                String.join(",", PUBLISHED),
                "-am",
                "package");
    }

    private static Map<String, String> published(Path project) throws Exception {
        Map<String, String> digests = new TreeMap<>();
        for (String module : PUBLISHED) {
            try (var files = Files.newDirectoryStream(project.resolve(module).resolve("target"), "{*.jar,bom.*}")) {
                for (Path file : files) {
                    byte[] digest = MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file));
                    digests.put(
                            project.relativize(file).toString(), HexFormat.of().formatHex(digest));
                }
            }
        }
        return digests;
    }
}
