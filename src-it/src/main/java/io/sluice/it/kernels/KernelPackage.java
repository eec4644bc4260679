package io.sluice.it.kernels;

import io.sluice.it.net.Command;
import io.sluice.it.net.Requirement;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A kernel of Debian's archive, unpacked.
 *
 * @param directory where
 */
record KernelPackage(Path directory) {
    private static final Pattern NAME =
            Pattern.compile("linux-image-(\\d+\\.\\d+)\\.(\\d+)(?:-(\\d+))?(?:\\+deb\\d+)?-amd64");

    /**
     * The oldest and the newest kernel of each line that the archive has: what has come between them may have changed
     * something.
     *
     * @param packages names of packages, kernels or not
     * @return those to try, the oldest first
     */
    static List<String> oldestAndNewest(List<String> packages) {
        Comparator<Matcher> byAge = Comparator.<Matcher>comparingInt(name -> Integer.parseInt(name.group(2)))
                .thenComparingInt(name -> name.group(3) == null ? 0 : Integer.parseInt(name.group(3)));
        Map<String, List<Matcher>> lines = packages.stream()
                .map(NAME::matcher)
                .filter(Matcher::matches)
                .sorted(byAge)
                .collect(Collectors.groupingBy(
                        name -> name.group(1),
                        () -> new TreeMap<>(Comparator.comparingInt(KernelPackage::number)),
                        Collectors.toList()));
        return lines.values().stream()
                .flatMap(line -> Stream.of(line.get(0), line.get(line.size() - 1)))
                .map(Matcher::group)
                .distinct()
                .toList();
    }

    /** 6.12 comes after 6.1. */
    private static int number(String line) {
        String[] parts = line.split("\\.");
        return Integer.parseInt(parts[0]) * 1_000 + Integer.parseInt(parts[1]);
    }

    /** The kernels that the archive of this machine has now. */
    static List<String> inArchive() throws IOException, InterruptedException {
        Requirement.program("apt-cache", "apt");
        return Command.run(List.of("apt-cache", "search", "--names-only", "^linux-image-[0-9]"))
                .lines()
                .map(line -> line.split(" ")[0])
                .toList();
    }

    /**
     * Gets a kernel.
     *
     * @param name of a package, or the file that has it
     * @param directory a new one
     */
    static KernelPackage get(String name, Path directory) throws IOException, InterruptedException {
        Requirement.program("dpkg-deb", "dpkg");
        Files.createDirectories(directory);
        if (name.endsWith(".deb")) {
            Command.run(List.of("dpkg-deb", "--extract", name, directory.toString()));
        } else {
            Requirement.program("apt-get", "apt");
            Command.run(new ProcessBuilder("apt-get", "download", "--quiet=2", name).directory(directory.toFile()));
            Path file = only(directory, "*.deb");
            Command.run(List.of("dpkg-deb", "--extract", file.toString(), directory.toString()));
            Files.delete(file);
        }
        return new KernelPackage(directory);
    }

    /** The kernel itself. */
    Path image() throws IOException {
        return only(directory.resolve("boot"), "vmlinuz-*");
    }

    /** As {@code uname -r} prints it. */
    String release() throws IOException {
        return String.valueOf(image().getFileName()).substring("vmlinuz-".length());
    }

    /** The files of modules, without those that are built in. */
    List<Path> modules(String... names) throws IOException {
        Pattern wanted = Pattern.compile("(%s)\\.ko(\\.xz)?".formatted(String.join("|", names)));
        try (Stream<Path> files = Files.walk(directory)) {
            return files.filter(file ->
                            wanted.matcher(file.getFileName().toString()).matches())
                    .toList();
        }
    }

    private static Path only(Path directory, String glob) throws IOException {
        try (DirectoryStream<Path> found = Files.newDirectoryStream(directory, glob)) {
            for (Path file : found) {
                return file;
            }
        }
        throw new IOException("no %s in %s".formatted(glob, directory));
    }
}
