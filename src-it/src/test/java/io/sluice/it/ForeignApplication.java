package io.sluice.it;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.sluice.examples.rolling.WorkerProcess;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import javax.tools.ToolProvider;

/** An application of somebody else: a pom, one source file, and what this build publishes. */
final class ForeignApplication implements AutoCloseable {
    private static final String POM = """
            <project xmlns="http://maven.apache.org/POM/4.0.0">
              <modelVersion>4.0.0</modelVersion>
              <groupId>com.example</groupId>
              <artifactId>application</artifactId>
              <version>1</version>
              <dependencyManagement><dependencies>%s</dependencies></dependencyManagement>
              <dependencies>%s</dependencies>
            </project>
            """;

    private static final String DEPENDENCY = """
            <dependency>
              <groupId>%s</groupId>
              <artifactId>%s</artifactId>
              <version>%s</version>
              %s
            </dependency>
            """;

    /** Newer JVMs warn of a library that loads native code, unless they are told that it may. */
    private static final String NATIVE_ACCESS =
            Runtime.version().feature() < 22 ? "-Dnative.access=any" : "--enable-native-access=ALL-UNNAMED";

    private final Path directory;
    private final PublishedRepository repository;

    /** Makes one in this directory, which is empty. */
    ForeignApplication(Path directory) throws IOException {
        this.directory = Files.createDirectory(directory.resolve("application"));
        this.repository = new PublishedRepository(Files.createDirectory(directory.resolve("repository")));
    }

    /** One dependency, as a pom has it. */
    static String dependency(String group, String artifact, String version, String more) {
        return DEPENDENCY.formatted(group, artifact, version, more);
    }

    /** Resolves dependencies as Maven does for whoever has them in a pom. */
    String classPath(String managed, String dependencies) throws Exception {
        Files.writeString(directory.resolve("pom.xml"), POM.formatted(managed, dependencies));
        Path file = directory.resolve("class-path");
        MavenBuild.run(
                directory,
                repository.directory(),
                Map.of(),
                "org.apache.maven.plugins:maven-dependency-plugin:" + System.getProperty("sluice.dependency-plugin")
                        + ":build-classpath",
                "-DincludeScope=runtime",
                "-Dmdep.outputFile=" + file);
        return Files.readString(file);
    }

    /** Compiles the source of a class {@code Program}. */
    void compile(String program, String classPath) throws IOException {
        Path source = Files.writeString(directory.resolve("Program.java"), program);
        int failures = ToolProvider.getSystemJavaCompiler()
                .run(null, null, null, "-proc:none", "-cp", classPath, source.toString());
        assertEquals(0, failures, "the application does not compile");
    }

    /** Runs the class {@code Program}. */
    WorkerProcess start(String classPath, String... arguments) throws IOException {
        List<String> command =
                new ArrayList<>(List.of(NATIVE_ACCESS, "-cp", classPath + File.pathSeparator + directory, "Program"));
        command.addAll(List.of(arguments));
        return WorkerProcess.java(command);
    }

    @Override
    public void close() throws IOException {
        repository.close();
    }
}
