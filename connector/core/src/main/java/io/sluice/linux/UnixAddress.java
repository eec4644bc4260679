package io.sluice.linux;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** The address of a Unix socket (unix(7)). */
final class UnixAddress {
    private static final int PATH = 2; // struct sockaddr_un: the family, and the path.
    private static final int LONGEST = 108;

    private UnixAddress() {}

    /**
     * Gives the address in the form that system calls take.
     *
     * @param name a path, or a name that begins with {@code @}: that one is abstract, in no directory
     * @throws IllegalArgumentException if it is too long
     */
    static byte[] of(String name) {
        byte[] path = name.getBytes(StandardCharsets.UTF_8);
        if (path.length == 0 || path.length >= LONGEST) {
            throw new IllegalArgumentException("'%s' has %d bytes; allowed for the name of a Unix socket is 1 to %d"
                    .formatted(name, path.length, LONGEST - 1));
        }
        if (path[0] == '@') {
            path[0] = 0;
        }
        byte[] address = new byte[PATH + path.length];
        InetDiag.nativeOrder(ByteBuffer.wrap(address)).putShort((short) Libc.AF_UNIX);
        System.arraycopy(path, 0, address, PATH, path.length);
        return address;
    }
}
