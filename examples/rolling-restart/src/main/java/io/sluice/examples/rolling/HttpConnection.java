package io.sluice.examples.rolling;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.BindException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import javax.net.ssl.SSLException;

/**
 * A connection that requests are sent on. A raw socket, because HTTP clients repeat lost requests and hide what this is
 * here to see.
 */
final class HttpConnection implements Closeable {
    /** Far above any answer of a worker or error page of Jetty. */
    private static final int MAX_RESPONSE_BYTES = 16 * 1024;

    private static final byte[] LAST_REQUEST =
            "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] REQUEST =
            "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    private Socket socket = new Socket();
    private boolean mayBeKept;
    private String received = "";

    void open(Transport transport, InetSocketAddress address, Deadline deadline) throws IOException {
        socket.connect(address, deadline.millisLeft());
        socket = transport.over(socket, address, deadline);
    }

    /** Writes {@code GET /} and asks for the end of the connection. */
    void sendLast() throws IOException {
        socket.getOutputStream().write(LAST_REQUEST);
    }

    /** Writes {@code GET /}. */
    void send() throws IOException {
        socket.getOutputStream().write(REQUEST);
    }

    /** Reads the whole response. */
    Outcome receive(Deadline deadline) throws IOException {
        mayBeKept = false;
        InputStream in = socket.getInputStream();
        byte[] buffer = new byte[MAX_RESPONSE_BYTES];
        int length = 0;
        while (length < buffer.length) {
            socket.setSoTimeout(deadline.millisLeft());
            int count = in.read(buffer, length, buffer.length - length);
            boolean ended = count < 0;
            length += ended ? 0 : count;
            received = new String(buffer, 0, length, StandardCharsets.ISO_8859_1);
            Optional<Outcome> outcome = ResponseReader.outcome(received, ended);
            if (outcome.isPresent()) {
                mayBeKept = !ended && ResponseReader.keepsConnection(received);
                return outcome.get();
            }
        }
        return Outcome.OTHER;
    }

    /** What was received last, complete or not. */
    String received() {
        return received;
    }

    /** Whether, after a response, another request may be sent. */
    boolean mayBeKept() {
        return mayBeKept;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }

    /** What the client of a request sees that fails so. */
    static Outcome outcome(IOException failure) {
        if (failure instanceof SSLException && failure.getCause() instanceof IOException cause) {
            return cause instanceof EOFException ? Outcome.RESET : outcome(cause);
        }
        if (failure instanceof ConnectException) {
            return Outcome.REFUSED;
        }
        if (failure instanceof NoRouteToHostException || failure instanceof BindException) {
            // This machine could not even try, for example because it ran out of client ports.
            return Outcome.OTHER;
        }
        if (failure instanceof SocketException) {
            // Also out of connect: a reset right behind the handshake may be seen there already.
            return Outcome.RESET;
        }
        return failure instanceof SocketTimeoutException ? Outcome.TIMEOUT : Outcome.OTHER;
    }
}
