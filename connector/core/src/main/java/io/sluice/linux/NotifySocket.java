package io.sluice.linux;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

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
        send(state, List.of());
    }

    /**
     * Sends one message with descriptors.
     *
     * @param state assignments, one a line, such as {@code FDSTORE=1}
     * @param descriptors what systemd gets copies of
     * @throws IOException if nobody is there, it is no Unix socket, or there is no native access
     */
    public void send(String state, List<Descriptor> descriptors) throws IOException {
        String obstacle = Features.detect().obstacleToNativeAccess().orElse(null);
        if (obstacle != null) {
            throw new IOException(obstacle);
        }
        try {
            Message.send(UnixAddress.of(name), state.getBytes(StandardCharsets.UTF_8), descriptors);
        } catch (RuntimeException x) { // A LastErrorException, by a name that needs no JNA.
            throw new IOException("%s: %s".formatted(name, x.getMessage()), x);
        }
    }

    /** A class of its own, because without JNA Libc cannot be loaded. */
    private static final class Message {
        private static void send(byte[] address, byte[] message, List<Descriptor> descriptors) {
            int socket = Libc.socket(Libc.AF_UNIX, Libc.SOCK_DGRAM | Libc.SOCK_CLOEXEC, 0);
            try {
                Libc.connect(socket, address, address.length);
                SocketMessage.send(socket, message, descriptors);
            } finally {
                Libc.close(socket);
            }
        }
    }
}
