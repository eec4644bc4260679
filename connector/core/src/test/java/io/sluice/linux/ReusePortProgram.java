package io.sluice.linux;

import com.sun.jna.LastErrorException;
import java.io.IOException;
import java.nio.channels.ServerSocketChannel;

/** The steering program of a port, which belongs to the whole group. */
public final class ReusePortProgram {
    private ReusePortProgram() {}

    /** Takes it away, and tells whether there was one: nothing else tells. */
    public static boolean detach(ServerSocketChannel member) throws IOException {
        try {
            Descriptor.of(member).setInt(Libc.SOL_SOCKET, Libc.SO_DETACH_REUSEPORT_BPF, 0);
            return true;
        } catch (LastErrorException x) {
            if (x.getErrorCode() != Libc.ENOENT) {
                throw x;
            }
            return false;
        }
    }
}
