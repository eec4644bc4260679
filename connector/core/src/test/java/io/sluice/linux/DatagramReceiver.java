package io.sluice.linux;

import com.sun.jna.LastErrorException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** A Unix datagram socket that is sent to, as systemd has one for its services. */
public final class DatagramReceiver implements AutoCloseable {
    private static final int MSG_DONTWAIT = 0x40;
    private static final int EAGAIN = 11;

    private final int fd = Libc.socket(Libc.AF_UNIX, Libc.SOCK_DGRAM | Libc.SOCK_CLOEXEC, 0);

    public DatagramReceiver(String name) {
        byte[] address = UnixAddress.of(name);
        Libc.bind(fd, address, address.length);
    }

    /** What has come since the last call. */
    public List<String> received() {
        List<String> messages = new ArrayList<>();
        byte[] buffer = new byte[1024];
        try {
            while (true) {
                int length = Libc.recv(fd, buffer, buffer.length, MSG_DONTWAIT);
                messages.add(new String(buffer, 0, length, StandardCharsets.UTF_8));
            }
        } catch (LastErrorException x) {
            if (x.getErrorCode() != EAGAIN) {
                throw x;
            }
        }
        return messages;
    }

    @Override
    public void close() {
        Libc.close(fd);
    }
}
