package io.sluice.linux;

import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** The socket on which a service tells systemd of its state (sd_notify(3)). */
public final class NotifySocket {
    private final String name;

    /**
     * Names the socket.
     *
     * @param name its path, or its abstract name with {@code @}, as NOTIFY_SOCKET has it
     */
    public NotifySocket(String name) {
        this.name = name;
    }

    /**
     * Sends one message; never blocks for long, because systemd reads.
     *
     * @param state assignments, one a line, such as {@code READY=1}
     * @throws IOException if nobody is there, it is no Unix socket, or there is no native access
     */
    public void send(String state) throws IOException {
        String obstacle = Features.detect().obstacleToNativeAccess().orElse(null);
        if (obstacle != null) {
            throw new IOException(obstacle);
        }
        try {
            Message.send(UnixAddress.of(name), state.getBytes(StandardCharsets.UTF_8));
        } catch (RuntimeException x) { // A LastErrorException, by a name that needs no JNA.
            throw new IOException("%s: %s".formatted(name, x.getMessage()), x);
        }
    }

    /** A class of its own, because without JNA Libc cannot be loaded. */
    private static final class Message {
        private static void send(byte[] address, byte[] message) {
            int socket = Libc.socket(Libc.AF_UNIX, Libc.SOCK_DGRAM | Libc.SOCK_CLOEXEC, 0);
            try {
                Libc.connect(socket, address, address.length);
                Libc.send(socket, message, message.length, 0);
            } finally {
                Libc.close(socket);
            }
        }
    }
}
