package io.sluice.it.kernels;

import io.sluice.it.OwnClasses;
import io.sluice.it.net.Command;
import io.sluice.it.net.Requirement;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What a guest finds on its disk: this JVM, the worker, this program, a shell. It has no disk, so it is its initramfs. */
final class GuestImage {
    private static final String WORKER = "worker.jar";
    private static final Pattern LIBRARY = Pattern.compile("(/\\S+) \\(0x");

    /** Of a JDK, what is for builds only. */
    private static final Set<String> FOR_BUILDS =
            Set.of("jmods", "include", "man", "legal", "src.zip", "ct.sym", "docs");

    private final Path root;

    private GuestImage(Path root) {
        this.root = root;
    }

    /**
     * Makes the image's directory.
     *
     * @param directory a new one
     * @param arguments of {@link InGuest}, but for the worker's jar
     */
    static GuestImage in(Path directory, Path workerJar, List<String> arguments)
            throws IOException, InterruptedException {
        Requirement.program("busybox", "busybox-static");
        Requirement.program("setpriv", "util-linux");
        Requirement.program("cpio", "cpio");
        GuestImage image = new GuestImage(directory);
        for (String empty : List.of("bin", "proc", "sys", "dev", "tmp", "etc")) {
            Files.createDirectories(directory.resolve(empty));
        }
        Path java = Path.of(System.getProperty("java.home"));
        image.copyJava(java);
        Path setpriv = program("setpriv");
        image.copy(program("busybox"), "bin/busybox");
        Files.createSymbolicLink(directory.resolve("bin/sh"), Path.of("busybox"));
        image.copy(setpriv, "bin/setpriv");
        image.copyLibraries(java, setpriv);
        image.copy(workerJar, WORKER);
        image.copy(OwnClasses.path(), "sluice.jar");
        Files.writeString(
                directory.resolve("etc/passwd"), "root:x:0:0::/tmp:/bin/sh\nnobody:x:65534:65534::/tmp:/bin/sh\n");
        Files.writeString(directory.resolve("etc/hosts"), "127.0.0.1 localhost\n");
        List<String> all = new ArrayList<>(List.of("--worker-jar=/" + WORKER));
        all.addAll(arguments);
        Files.writeString(directory.resolve("arguments"), String.join(" ", all));
        try (InputStream init = GuestImage.class.getResourceAsStream("init")) {
            Files.copy(init, directory.resolve("init"));
        }
        Files.setPosixFilePermissions(directory.resolve("init"), PosixFilePermissions.fromString("rwxr-xr-x"));
        return image;
    }

    private static Path program(String name) {
        return Pattern.compile(File.pathSeparator)
                .splitAsStream(System.getenv("PATH"))
                .map(directory -> Path.of(directory, name))
                .filter(Files::isExecutable)
                .findFirst()
                .orElseThrow();
    }

    private void copy(Path file, String to) throws IOException {
        Path target = root.resolve(to);
        Files.createDirectories(Objects.requireNonNull(target.getParent()));
        Files.copy(file, target); // What a link points to.
    }

    private void copyJava(Path java) throws IOException {
        try (Stream<Path> files = Files.walk(java, FileVisitOption.FOLLOW_LINKS)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Path name = java.relativize(file);
                if (Stream.iterate(name, part -> part != null, Path::getParent)
                        .noneMatch(
                                part -> FOR_BUILDS.contains(part.getFileName().toString()))) {
                    copy(file, "java/" + name);
                }
            }
        }
    }

    /** Those that the programs are linked with, where they are here. */
    private void copyLibraries(Path java, Path setpriv) throws IOException, InterruptedException {
        List<String> ldd = new ArrayList<>(List.of("ldd", setpriv.toString(), java + "/bin/java"));
        for (String name :
                List.of("server/libjvm.so", "libjli.so", "libjava.so", "libnet.so", "libnio.so", "libzip.so")) {
            ldd.add(java + "/lib/" + name);
        }
        for (String library : LIBRARY.matcher(Command.run(ldd))
                .results()
                .map(found -> found.group(1))
                .filter(path -> !path.startsWith(java.toString()))
                .collect(Collectors.toSet())) {
            copy(Path.of(library), library.substring(1));
        }
    }

    /** Adds the modules of a kernel that its package has and the guest needs. */
    void addModules(KernelPackage kernel) throws IOException, InterruptedException {
        for (Path module : kernel.modules("inet_diag", "tcp_diag")) {
            String name = String.valueOf(module.getFileName());
            String target = "modules/%s/%s".formatted(kernel.release(), name);
            copy(module, target);
            if (name.endsWith(".xz")) {
                Requirement.program("unxz", "xz-utils");
                Command.run(List.of("unxz", root.resolve(target).toString()));
            }
        }
    }

    /** Packs the image. */
    Path pack(Path archive) throws IOException, InterruptedException {
        Path names = Files.createTempFile("names", ".txt");
        try (Stream<Path> files = Files.walk(root)) {
            Files.write(names, files.map(file -> "./" + root.relativize(file)).toList());
            Command.run(new ProcessBuilder("cpio", "--create", "--format=newc", "--quiet")
                    .directory(root.toFile())
                    .redirectInput(names.toFile())
                    .redirectOutput(archive.toFile()));
        } finally {
            Files.delete(names);
        }
        return archive;
    }
}
