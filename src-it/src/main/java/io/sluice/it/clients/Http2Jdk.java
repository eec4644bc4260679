package io.sluice.it.clients;

import java.io.IOException;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Properties;
import java.util.stream.Stream;

/**
 * A JDK with a client for HTTP/2 that heeds GOAWAY: older ones fail each open stream at any GOAWAY. It is the one that
 * runs us, {@code JAVA_25_HOME}, or one installed beside the one that runs us.
 */
final class Http2Jdk implements Need {
    private static final int LEAST = 25;
    private static final String VARIABLE = "JAVA_25_HOME";
    private static final String DEBIAN = "/usr/lib/jvm";

    @Override
    public Optional<String> missing() {
        return java().isPresent()
                ? Optional.empty()
                : Optional.of(
                        "JDK %d or later, as the one that runs this, in %s, or beside it".formatted(LEAST, VARIABLE));
    }

    /** The java command of that JDK. */
    static Optional<Path> java() {
        Path own = Path.of(System.getProperty("java.home"));
        Stream<Path> candidates = Stream.of(
                        Stream.of(own), named(), installed(own.getParent()), installed(own.resolve(DEBIAN)))
                .flatMap(x -> x);
        return candidates.filter(Http2Jdk::isNewEnough).findFirst().map(home -> home.resolve("bin/java"));
    }

    private static Stream<Path> named() {
        return Optional.ofNullable(System.getenv(VARIABLE)).map(Path::of).stream();
    }

    private static Stream<Path> installed(Path parent) {
        if (parent == null || !Files.isDirectory(parent)) {
            return Stream.empty();
        }
        try (Stream<Path> homes = Files.list(parent)) {
            return homes.sorted().toList().stream();
        } catch (IOException x) {
            return Stream.empty(); // A directory that nobody lets us read has nothing for us.
        }
    }

    /** Every JDK says in a file what it is. */
    private static boolean isNewEnough(Path home) {
        Path release = home.resolve("release");
        if (!Files.isExecutable(home.resolve("bin/java")) || !Files.isReadable(release)) {
            return false;
        }
        Properties properties = new Properties();
        try (Reader reader = Files.newBufferedReader(release, StandardCharsets.UTF_8)) {
            properties.load(reader);
        } catch (IOException | IllegalArgumentException x) {
            return false;
        }
        String version = properties.getProperty("JAVA_VERSION", "").replace("\"", "");
        return feature(version) >= LEAST;
    }

    private static int feature(String version) {
        try {
            return Runtime.Version.parse(version).feature();
        } catch (IllegalArgumentException x) {
            return 0;
        }
    }
}
