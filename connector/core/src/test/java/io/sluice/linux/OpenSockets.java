package io.sluice.linux;

import java.io.File;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;

/** The sockets of this process, from /proc. */
final class OpenSockets {
    private OpenSockets() {}

    /** The descriptor of each inode. */
    static Map<Long, Integer> byInode() throws IOException {
        Map<Long, Integer> sockets = new HashMap<>();
        try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
            for (Path descriptor : descriptors) {
                String link = linkOf(descriptor);
                if (link.startsWith("socket:")) {
                    long inode = Long.parseLong(link.replaceAll("\\D", ""));
                    sockets.put(inode, Integer.valueOf(descriptor.getFileName().toString()));
                }
            }
        }
        return sockets;
    }

    /** The highest number of a descriptor, of whatever. */
    static int highestDescriptor() {
        String[] numbers = new File("/proc/self/fd").list();
        return Stream.of(numbers).mapToInt(Integer::parseInt).max().orElseThrow();
    }

    private static String linkOf(Path descriptor) throws IOException {
        try {
            return Files.readSymbolicLink(descriptor).toString();
        } catch (NoSuchFileException x) {
            return ""; // Closed since the directory was read.
        }
    }
}
