package io.sluice.it.net;

import com.sun.jna.LastErrorException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** An abstract Unix socket (unix(7)): a name that whoever comes first has, until it is closed. */
public final class AbstractName implements AutoCloseable {
    private int fd;

    private AbstractName(int fd) {
        this.fd = fd;
    }

    /** Takes a name in the network namespace of the calling thread. */
    public static AbstractName take(String name) {
        byte[] path = ("\0" + name).getBytes(StandardCharsets.US_ASCII);
        byte[] address = ByteBuffer.allocate(Short.BYTES + path.length)
                .order(ByteOrder.nativeOrder())
                .putShort((short) Libc.AF_UNIX)
                .put(path)
                .array();
        AbstractName taken = new AbstractName(Libc.socket(Libc.AF_UNIX, Libc.SOCK_STREAM, 0));
        try {
            Libc.bind(taken.fd, address, address.length);
            return taken;
        } catch (LastErrorException x) {
            taken.close();
            throw x;
        }
    }

    @Override
    public void close() {
        if (fd >= 0) {
            Libc.close(fd);
            fd = -1;
        }
    }
}
