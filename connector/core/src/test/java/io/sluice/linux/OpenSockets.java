package io.sluice.linux;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

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

    private static String linkOf(Path descriptor) throws IOException {
        try {
            return Files.readSymbolicLink(descriptor).toString();
        } catch (NoSuchFileException x) {
            return ""; // Closed since the directory was read.
        }
    }
}
