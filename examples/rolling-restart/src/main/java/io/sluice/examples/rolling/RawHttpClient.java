package io.sluice.examples.rolling;

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
import java.time.Duration;
import java.util.Optional;

/**
 * One request on a connection of its own. A raw socket, because HTTP clients repeat lost requests and hide what this is
 * here to see.
 */
final class RawHttpClient {
    /** Far above any answer of a worker or error page of Jetty. */
    private static final int MAX_RESPONSE_BYTES = 16 * 1024;

    private static final byte[] REQUEST =
            "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    private RawHttpClient() {}

    /**
     * Sends {@code GET /} and reads the whole response.
     *
     * @param timeout for the whole exchange, connect included
     * @param sent called once, when the request is written or cannot be written any more
     */
    static Outcome get(InetSocketAddress address, Duration timeout, Runnable sent) {
        long deadline = System.nanoTime() + timeout.toNanos();
        try (Socket socket = new Socket()) {
            try {
                socket.connect(address, millisUntil(deadline));
                socket.getOutputStream().write(REQUEST);
            } finally {
                sent.run();
            }
            return read(socket, deadline);
        } catch (ConnectException x) {
            return Outcome.REFUSED;
        } catch (NoRouteToHostException | BindException x) {
            // This machine could not even try, for example because it ran out of client ports.
            return Outcome.OTHER;
        } catch (SocketException x) {
            // Also out of connect: a reset right behind the handshake may be seen there already.
            return Outcome.RESET;
        } catch (SocketTimeoutException x) {
            return Outcome.TIMEOUT;
        } catch (IOException x) {
            return Outcome.OTHER;
        }
    }

    private static Outcome read(Socket socket, long deadline) throws IOException {
        InputStream in = socket.getInputStream();
        byte[] buffer = new byte[MAX_RESPONSE_BYTES];
        int length = 0;
        while (length < buffer.length) {
            socket.setSoTimeout(millisUntil(deadline));
            int count = in.read(buffer, length, buffer.length - length);
            boolean ended = count < 0;
            length += ended ? 0 : count;
            Optional<Outcome> outcome =
                    ResponseReader.outcome(new String(buffer, 0, length, StandardCharsets.ISO_8859_1), ended);
            if (outcome.isPresent()) {
                return outcome.get();
            }
        }
        return Outcome.OTHER;
    }

    /** The time left in the form that sockets take, where 0 would mean forever. */
    private static int millisUntil(long deadline) throws SocketTimeoutException {
        long left = deadline - System.nanoTime();
        if (left <= 0) {
            throw new SocketTimeoutException("the time for this request is over");
        }
        return (int)
                Math.min(Integer.MAX_VALUE, Math.max(1, Duration.ofNanos(left).toMillis()));
    }
}
