package io.sluice.examples.rolling;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import javax.net.ssl.SSLSocket;

/** What lies under HTTP. */
enum Transport {
    PLAIN {
        @Override
        Socket over(Socket connected, InetSocketAddress address, Deadline deadline) {
            return connected;
        }
    },
    TLS {
        @Override
        Socket over(Socket connected, InetSocketAddress address, Deadline deadline) throws IOException {
            SSLSocket socket = (SSLSocket) TrustEverybody.CONTEXT
                    .getSocketFactory()
                    .createSocket(connected, address.getHostString(), address.getPort(), true);
            socket.setSoTimeout(deadline.millisLeft());
            socket.startHandshake();
            return socket;
        }
    };

    /** A socket that is ready for HTTP, over one that is connected. */
    abstract Socket over(Socket connected, InetSocketAddress address, Deadline deadline) throws IOException;
}
