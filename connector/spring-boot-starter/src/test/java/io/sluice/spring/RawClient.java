package io.sluice.spring;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;

/** One connection, with as many requests as the test likes. */
final class RawClient implements AutoCloseable {
    private static final int LIMIT_MILLIS = 15_000;

    private final Socket socket;

    /** A connection that can also be that of TLS. */
    RawClient(Socket socket) {
        this.socket = socket;
    }

    static RawClient connect(int port) throws IOException {
        Socket socket = new Socket();
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), LIMIT_MILLIS);
        return new RawClient(socket);
    }

    RawClient send(String pathAndQuery, String... headers) throws IOException {
        StringBuilder request = new StringBuilder("GET " + pathAndQuery + " HTTP/1.1\r\nHost: localhost\r\n");
        for (String header : headers) {
            request.append(header).append("\r\n");
        }
        socket.getOutputStream().write(request.append("\r\n").toString().getBytes(StandardCharsets.US_ASCII));
        return this;
    }

    /** Status line, headers and body. */
    String receive() throws IOException {
        socket.setSoTimeout(LIMIT_MILLIS);
        InputStream in = socket.getInputStream();
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            int b = in.read();
            if (b < 0) {
                throw new IOException("EOF after '" + head + "'");
            }
            head.append((char) b);
        }
        int length = head.toString()
                .lines()
                .filter(line -> line.regionMatches(true, 0, "content-length:", 0, 15))
                .mapToInt(line -> Integer.parseInt(line.substring(15).trim()))
                .findFirst()
                .orElse(0);
        return head + new String(in.readNBytes(length), StandardCharsets.US_ASCII);
    }

    /** Whether nothing comes in this time. */
    boolean isSilent(int millis) throws IOException {
        socket.setSoTimeout(millis);
        try {
            int b = socket.getInputStream().read();
            throw new IOException(b < 0 ? "EOF" : "'" + (char) b + "'");
        } catch (SocketTimeoutException x) {
            return true;
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
