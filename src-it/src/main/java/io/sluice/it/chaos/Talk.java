package io.sluice.it.chaos;

import io.sluice.examples.rolling.Outcome;
import io.sluice.examples.rolling.WorkerProcess;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a client that is out of the ordinary says and hears, on a raw socket, because HTTP clients repeat requests. */
final class Talk implements Closeable {
    /** As long as the usual clients wait. */
    static final Duration LIMIT = Duration.ofSeconds(20);

    /** The last request of a connection. */
    static final String LAST_REQUEST = "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

    /** One that leaves it open. */
    static final String REQUEST = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";

    private static final String END_OF_HEAD = "\r\n\r\n";
    private static final int TRIES = 500;
    private static final int LONGEST_HEAD = 16 * 1024;
    private static final Pattern STATUS = Pattern.compile("HTTP/1\\.1 (\\d{3}) ");
    private static final Pattern LENGTH = Pattern.compile("(?i)\\r\\ncontent-length: *(\\d{1,9})\\r\\n");
    private static final Pattern CLOSES = Pattern.compile("(?i)\\r\\nconnection: *close\\r\\n");

    private final Socket socket = new Socket();
    private final InputStream in;

    /** Connects. */
    Talk(InetSocketAddress address) throws IOException {
        this(address, 0);
    }

    /**
     * Connects.
     *
     * @param receiveBuffer how much the kernel may hold for a client that is slow to read; 0 for the usual
     */
    Talk(InetSocketAddress address, int receiveBuffer) throws IOException {
        try {
            if (receiveBuffer > 0) {
                socket.setReceiveBufferSize(receiveBuffer);
            }
            socket.connect(address, (int) LIMIT.toMillis());
            socket.setSoTimeout((int) LIMIT.toMillis());
            socket.setTcpNoDelay(true);
            in = new BufferedInputStream(socket.getInputStream());
        } catch (IOException x) {
            socket.close();
            throw x;
        }
    }

    /** A kept-alive connection to this worker: the kernel chooses, so several are tried. It is closed with the site. */
    static Talk with(Site site, WorkerProcess worker) throws Exception {
        return site.asClient(() -> {
            for (int i = 0; i < TRIES; i++) {
                Talk talk = new Talk(site.address());
                talk.send(REQUEST);
                if (talk.receive().body().equals("ok " + worker.pid())) {
                    return site.closedWithSite(talk);
                }
                talk.close();
            }
            throw new IOException("worker %d was not reached in %d connections".formatted(worker.pid(), TRIES));
        });
    }

    /** A complete answer. */
    record Answer(String head, String body) {
        Outcome outcome() {
            Matcher status = STATUS.matcher(head);
            int code = status.lookingAt() ? Integer.parseInt(status.group(1)) : 0;
            return switch (code) {
                case 200 -> Outcome.OK;
                case 503 -> Outcome.UNAVAILABLE;
                default -> Outcome.OTHER;
            };
        }

        boolean saysClose() {
            return CLOSES.matcher(head).find();
        }
    }

    Socket socket() {
        return socket;
    }

    void send(String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    /** Sends a request that leaves the connection open. */
    void get(String path) throws IOException {
        send(REQUEST.replace(" / ", " " + path + " "));
    }

    /** Sends it in pieces of this size, with pauses between them. */
    void sendSlowly(String text, int size, Duration pause) throws IOException, InterruptedException {
        for (int at = 0; at < text.length(); at += size) {
            if (at > 0) {
                TimeUnit.NANOSECONDS.sleep(pause.toNanos());
            }
            send(text.substring(at, Math.min(text.length(), at + size)));
        }
    }

    Answer receive() throws IOException, InterruptedException {
        return receive(Integer.MAX_VALUE, Duration.ZERO);
    }

    /** Reads an answer, its body in pieces of this size with a pause after each. */
    Answer receive(int size, Duration pause) throws IOException, InterruptedException {
        String head = head();
        Matcher length = LENGTH.matcher(head);
        int left = length.find() ? Integer.parseInt(length.group(1)) : 0;
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        while (left > 0) {
            byte[] piece = in.readNBytes(Math.min(left, size));
            if (piece.length == 0) {
                throw new EOFException("%d bytes of the body are missing".formatted(left));
            }
            body.write(piece);
            left -= piece.length;
            TimeUnit.NANOSECONDS.sleep(pause.toNanos());
        }
        return new Answer(head, body.toString(StandardCharsets.ISO_8859_1));
    }

    private String head() throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.length() < LONGEST_HEAD && head.indexOf(END_OF_HEAD, head.length() - END_OF_HEAD.length()) < 0) {
            int next = in.read();
            if (next < 0) {
                throw new EOFException("the end after " + head.length() + " bytes");
            }
            head.append((char) next);
        }
        return head.toString();
    }

    /** Whether the other side has closed the connection properly, and said nothing more. */
    boolean isAtEnd() throws IOException {
        return in.read() < 0;
    }

    /** What the client of a request sees that fails so. */
    static Outcome outcome(IOException failure) {
        if (failure instanceof ConnectException) {
            return Outcome.REFUSED;
        }
        return failure instanceof SocketTimeoutException ? Outcome.TIMEOUT : Outcome.RESET;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
