package io.sluice.it.kernels;

import com.sun.jna.LastErrorException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Asks the kernel for its listeners, by NETLINK_SOCK_DIAG (sock_diag(7)). */
final class ListenerDump {
    private static final int HEADER = 16; // struct nlmsghdr
    private static final int REQUEST = 56; // struct inet_diag_req_v2
    private static final short SOCK_DIAG_BY_FAMILY = 20;
    private static final short NLM_F_REQUEST_AND_DUMP = 0x301;
    private static final int NLMSG_ERROR = 2;
    private static final int NLMSG_DONE = 3;
    private static final int LISTEN = 10;

    private ListenerDump() {}

    /**
     * Asks, and looks at the first message of the answer.
     *
     * @throws LastErrorException if the kernel refuses
     */
    static void request() {
        int netlink = Libc.socket(Libc.AF_NETLINK, Libc.SOCK_RAW, Libc.NETLINK_SOCK_DIAG);
        try {
            byte[] request = ByteBuffer.allocate(HEADER + REQUEST)
                    .order(ByteOrder.nativeOrder())
                    .putInt(HEADER + REQUEST)
                    .putShort(SOCK_DIAG_BY_FAMILY)
                    .putShort(NLM_F_REQUEST_AND_DUMP)
                    .putLong(0)
                    .put((byte) Libc.AF_INET6)
                    .put((byte) Libc.IPPROTO_TCP)
                    .putShort((short) 0)
                    .putInt(1 << LISTEN)
                    .array();
            Libc.send(netlink, request, request.length, 0);
            byte[] answer = new byte[64 * 1024];
            Libc.recv(netlink, answer, answer.length, 0);
            ByteBuffer message = ByteBuffer.wrap(answer).order(ByteOrder.nativeOrder());
            int type = message.getShort(4);
            int errno = type == NLMSG_ERROR || type == NLMSG_DONE ? -message.getInt(HEADER) : 0;
            if (errno != 0) {
                throw new LastErrorException(errno); // Without tcp_diag: "done", and ENOENT.
            }
        } finally {
            Libc.close(netlink);
        }
    }
}
