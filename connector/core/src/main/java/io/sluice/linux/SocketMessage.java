package io.sluice.linux;

import com.sun.jna.LastErrorException;
import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import java.util.ArrayList;
import java.util.List;

/** A message with descriptors: a struct msghdr with one part of content and room for them (cmsg(3)), as 64-bit Linux has it. */
final class SocketMessage implements AutoCloseable {
    private static final int SIZE = 56;
    private static final int CONTENT = 16;
    private static final int CONTROL = 32;
    private static final int CONTROL_LENGTH = 40;
    private static final int FLAGS = 48;
    private static final int CONTROL_HEADER = 16;
    private static final int SCM_RIGHTS = 1;
    private static final int MSG_NOSIGNAL = 0x4000;

    private final Memory header = new Memory(SIZE);
    private final Memory part = new Memory(16); // struct iovec
    private final Memory control; // Null without descriptors.

    SocketMessage(Memory content, int descriptors) {
        header.clear();
        part.setPointer(0, content);
        part.setLong(8, content.size());
        header.setPointer(CONTENT, part);
        header.setLong(CONTENT + 8, 1);
        control = descriptors == 0 ? null : new Memory(CONTROL_HEADER + (4L * descriptors + 7) / 8 * 8);
        if (control != null) {
            control.clear();
            header.setPointer(CONTROL, control);
            header.setLong(CONTROL_LENGTH, control.size());
        }
    }

    private void write(List<Descriptor> descriptors) {
        if (control != null) {
            control.setLong(0, CONTROL_HEADER + 4L * descriptors.size());
            control.setInt(8, Libc.SOL_SOCKET);
            control.setInt(12, SCM_RIGHTS);
            for (int i = 0; i < descriptors.size(); i++) {
                control.setInt(CONTROL_HEADER + 4L * i, descriptors.get(i).fd());
            }
        }
    }

    /** Sends bytes with copies of descriptors. */
    static void send(int socket, byte[] bytes, List<Descriptor> descriptors) throws LastErrorException {
        try (Memory content = new Memory(bytes.length);
                SocketMessage message = new SocketMessage(content, descriptors.size())) {
            content.write(0, bytes, 0, bytes.length);
            message.write(descriptors);
            Libc.sendmsg(socket, message.header, MSG_NOSIGNAL);
        }
    }

    Memory header() {
        return header;
    }

    /** Nobody has asked for other control messages, so that there is one at most. */
    List<Descriptor> read() {
        List<Descriptor> descriptors = new ArrayList<>();
        if (header.getLong(CONTROL_LENGTH) >= CONTROL_HEADER && control.getInt(12) == SCM_RIGHTS) {
            long count = (control.getLong(0) - CONTROL_HEADER) / 4;
            for (long i = 0; i < count; i++) {
                descriptors.add(new Descriptor(control.getInt(CONTROL_HEADER + 4 * i)));
            }
        }
        return descriptors;
    }

    int flags() {
        return header.getInt(FLAGS);
    }

    @Override
    public void close() {
        for (Pointer memory : new Pointer[] {header, part, control}) {
            if (memory != null) {
                ((Memory) memory).close();
            }
        }
    }
}
