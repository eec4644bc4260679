package io.sluice;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** A raw socket that sends one request and tells what came back. */
final class TestClient implements AutoCloseable {
    static final String GET = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
    private static final int TIMEOUT_MILLIS = 15_000;

    private final Socket socket;

    private TestClient(Socket socket) {
        this.socket = socket;
    }

    static TestClient connect(int port) throws IOException {
        return of(connected(new Socket(), port));
    }

    /** A client on a socket that is connected already, in TLS for instance. */
    static TestClient of(Socket connected) {
        return new TestClient(connected);
    }

    /** Connects a socket to the server, with the timeouts of all test clients. */
    static <T extends Socket> T connected(T socket, int port) throws IOException {
        socket.setSoTimeout(TIMEOUT_MILLIS);
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), TIMEOUT_MILLIS);
        return socket;
    }

    /** That many clients, each with its request sent. */
    static List<TestClient> connectAndSend(int port, int clients) throws IOException {
        List<TestClient> connected = new ArrayList<>();
        for (int i = 0; i < clients; i++) {
            TestClient client = connect(port);
            client.send(GET);
            connected.add(client);
        }
        return connected;
    }

    void send(String request) throws IOException {
        send(request.getBytes(StandardCharsets.US_ASCII));
    }

    void send(byte[] bytes) throws IOException {
        socket.getOutputStream().write(bytes);
        socket.getOutputStream().flush();
    }

    /** Sends nothing more. */
    void shutDownOutput() throws IOException {
        socket.shutdownOutput();
    }

    /** Ends the connection with a reset. */
    void reset() throws IOException {
        socket.setSoLinger(true, 0);
        close();
    }

    int localPort() {
        return socket.getLocalPort();
    }

    InputStream in() throws IOException {
        return socket.getInputStream();
    }

    /** All that comes until the server ends the connection, or the name of what went wrong. */
    String readToEnd() {
        return readToEnd(TIMEOUT_MILLIS);
    }

    String readToEnd(int timeoutMillis) {
        ByteArrayOutputStream read = new ByteArrayOutputStream();
        try (this) {
            socket.setSoTimeout(timeoutMillis);
            InputStream in = socket.getInputStream();
            in.transferTo(read);
            return read.toString(StandardCharsets.US_ASCII);
        } catch (IOException x) {
            return read.toString(StandardCharsets.US_ASCII) + x;
        }
    }

    /** One response with a body of known length; the connection stays open. */
    String readResponse() throws IOException {
        InputStream in = socket.getInputStream();
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            int b = in.read();
            if (b < 0) {
                throw new IOException("EOF after '" + head + "'");
            }
            head.append((char) b);
        }
        String lower = head.toString().toLowerCase(java.util.Locale.ROOT);
        int at = lower.indexOf("content-length:") + "content-length:".length();
        int length =
                Integer.parseInt(lower.substring(at, lower.indexOf('\r', at)).trim());
        return head + new String(in.readNBytes(length), StandardCharsets.US_ASCII);
    }

    /** Whether the server neither says anything nor ends the connection for so long. */
    boolean isLeftAlone(int millis) throws IOException {
        socket.setSoTimeout(millis);
        try {
            socket.getInputStream().read();
            return false;
        } catch (SocketTimeoutException x) {
            return true;
        } finally {
            socket.setSoTimeout(TIMEOUT_MILLIS);
        }
    }

    static boolean isAnswered(String response) {
        return response.startsWith("HTTP/1.1 200") && response.endsWith("\r\n\r\nok");
    }

    static boolean saysClose(String response) {
        return response.contains("\r\nConnection: close\r\n");
    }

    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException x) {
            throw new UncheckedIOException(x);
        }
    }
}
