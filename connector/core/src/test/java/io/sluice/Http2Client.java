package io.sluice;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;

/**
 * An HTTP/2 client that writes and reads frames (RFC 9113) and keeps all that it has seen; for one thread, beside which
 * another may send pings.
 */
final class Http2Client implements AutoCloseable {
    static final int NO_ERROR = 0;
    static final int LAST_OF_ALL = Integer.MAX_VALUE;
    private static final String PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    private static final int DATA = 0x0;
    private static final int HEADERS = 0x1;
    private static final int RST_STREAM = 0x3;
    private static final int SETTINGS = 0x4;
    private static final int PING = 0x6;
    private static final int GOAWAY = 0x7;
    private static final int WINDOW_UPDATE = 0x8;
    private static final int END_STREAM = 0x1;
    private static final int END_HEADERS = 0x4;
    private static final int ACK = 0x1;
    private static final int INITIAL_WINDOW_SIZE = 0x4;
    private static final int STATUS_200 = 0x88; // HPACK: the static table's :status 200.

    private final Socket socket;
    private final DataInputStream in;
    private final Map<Integer, Stream> streams = new LinkedHashMap<>();
    private final List<GoAway> goAways = new ArrayList<>();
    private int nextStream = 1;
    private boolean settingsSeen;
    private boolean windowsOpen = true;
    private boolean ended;

    /** A GOAWAY that came. */
    record GoAway(int lastStream, int error) {}

    /** A stream that the client opened, and its answer. */
    static final class Stream {
        final int id;
        private final ByteArrayOutputStream body = new ByteArrayOutputStream();
        private boolean is200;
        private boolean complete;
        private Integer reset;

        private Stream(int id) {
            this.id = id;
        }

        byte[] body() {
            return body.toByteArray();
        }

        boolean is200() {
            return is200;
        }

        boolean isComplete() {
            return complete;
        }

        /** Whether its whole answer is "ok". */
        boolean isAnswered() {
            return is200
                    && complete
                    && reset == null
                    && body.toString(StandardCharsets.US_ASCII).equals("ok");
        }

        @Override
        public String toString() {
            return "stream %d: 200=%s complete=%s reset=%s body=%d".formatted(id, is200, complete, reset, body.size());
        }
    }

    private Http2Client(Socket socket) throws IOException {
        this.socket = socket;
        socket.setTcpNoDelay(true);
        in = new DataInputStream(new BufferedInputStream(socket.getInputStream()));
    }

    /** A client in clear text that knows that the server speaks HTTP/2; its preface and its settings are sent. */
    static Http2Client connect(int port) throws IOException {
        return of(TestClient.connected(new Socket(), port));
    }

    /** The same on a socket that is connected already, in TLS for instance. */
    static Http2Client of(Socket connected) throws IOException {
        Http2Client client = new Http2Client(connected);
        ByteArrayOutputStream start = new ByteArrayOutputStream();
        start.writeBytes(PREFACE.getBytes(StandardCharsets.US_ASCII));
        start.writeBytes(Http2Frames.frame(SETTINGS, 0, 0, new byte[0]));
        client.write(start.toByteArray());
        return client;
    }

    /** Gives leave for so many bytes in advance, on each stream and on all together. */
    void widenWindows(int bytes) throws IOException {
        byte[] setting = ByteBuffer.allocate(6)
                .putShort((short) INITIAL_WINDOW_SIZE)
                .putInt(bytes)
                .array();
        write(Http2Frames.frame(SETTINGS, 0, 0, setting));
        write(Http2Frames.frame(
                WINDOW_UPDATE, 0, 0, ByteBuffer.allocate(4).putInt(bytes).array()));
    }

    /** From here on the server may send what it was given leave for, and no more. */
    void closeWindows() {
        windowsOpen = false;
    }

    /** Gives leave for as much as came until now, and for all that comes. */
    void openWindows() throws IOException {
        windowsOpen = true;
        for (Stream stream : streams.values()) {
            if (stream.body.size() > 0) {
                giveLeave(stream.id, stream.body.size());
            }
        }
    }

    /** Asks whether the server is still there, as gRPC does all the time. */
    void ping() throws IOException {
        write(Http2Frames.frame(PING, 0, 0, new byte[8]));
    }

    /** Opens a stream with a whole request. */
    Stream get() throws IOException {
        return open(
                END_STREAM | END_HEADERS, ":method", "GET", ":scheme", "http", ":path", "/", ":authority", "localhost");
    }

    /** Opens a stream with headers that lack their end. */
    Stream halfAGet() throws IOException {
        return open(END_STREAM, ":method", "GET", ":scheme", "http");
    }

    /** Opens a stream that becomes a WebSocket (RFC 8441). */
    Stream connectWebSocket() throws IOException {
        return open(
                END_HEADERS,
                ":method",
                "CONNECT",
                ":protocol",
                "websocket",
                ":scheme",
                "http",
                ":path",
                "/",
                ":authority",
                "localhost",
                "sec-websocket-version",
                "13");
    }

    private Stream open(int flags, String... namesAndValues) throws IOException {
        Stream stream = new Stream(nextStream);
        nextStream += 2;
        streams.put(stream.id, stream);
        write(Http2Frames.frame(HEADERS, flags, stream.id, Http2Frames.literals(namesAndValues)));
        return stream;
    }

    List<GoAway> goAways() {
        return goAways;
    }

    List<Stream> streams() {
        return List.copyOf(streams.values());
    }

    boolean isSettingsSeen() {
        return settingsSeen;
    }

    /** Reads until the last GOAWAY and all answers are there, says that it leaves, and reads until the server ends too. */
    void readToEnd() throws IOException {
        readUntil(this::isDone);
        if (!ended) {
            socket.shutdownOutput();
            readToEndAndStay();
        }
    }

    /** Reads until the server ends the connection, and does nothing about it before. */
    void readToEndAndStay() throws IOException {
        readUntil(() -> false);
    }

    private boolean isDone() {
        int last = goAways.isEmpty()
                ? LAST_OF_ALL
                : goAways.get(goAways.size() - 1).lastStream();
        return last != LAST_OF_ALL && streams.values().stream().allMatch(stream -> stream.complete || stream.id > last);
    }

    /** Reads until the condition holds, or the server ends the connection, which the client does too then. */
    void readUntil(BooleanSupplier condition) throws IOException {
        while (!condition.getAsBoolean() && !ended) {
            int first = in.read();
            if (first < 0) {
                ended = true;
                close();
            } else {
                readFrame(first);
            }
        }
    }

    boolean isEnded() {
        return ended;
    }

    @Override
    public String toString() {
        return "%s %s ended=%s".formatted(goAways, streams.values(), ended);
    }

    private void readFrame(int first) throws IOException {
        int length = first << 16 | in.readUnsignedShort();
        int type = in.readUnsignedByte();
        int flags = in.readUnsignedByte();
        int id = in.readInt() & LAST_OF_ALL;
        byte[] payload = in.readNBytes(length);
        if (payload.length < length) {
            throw new IOException("half a frame of type " + type + " before the end");
        }
        Stream stream = streams.get(id);
        switch (type) {
            case DATA -> {
                stream.body.writeBytes(payload);
                stream.complete |= (flags & END_STREAM) != 0;
                if (windowsOpen && length > 0) {
                    giveLeave(id, length);
                }
            }
            case HEADERS -> {
                stream.is200 = Http2Frames.firstField(payload) == STATUS_200;
                stream.complete |= (flags & END_STREAM) != 0;
            }
            case RST_STREAM -> stream.reset = ByteBuffer.wrap(payload).getInt();
            case SETTINGS -> {
                if ((flags & ACK) == 0) {
                    settingsSeen = true;
                    write(Http2Frames.frame(SETTINGS, ACK, 0, new byte[0]));
                }
            }
            case PING -> {
                if ((flags & ACK) == 0) {
                    write(Http2Frames.frame(PING, ACK, 0, payload));
                }
            }
            case GOAWAY -> {
                ByteBuffer goAway = ByteBuffer.wrap(payload);
                goAways.add(new GoAway(goAway.getInt() & LAST_OF_ALL, goAway.getInt()));
            }
            default -> {} // Nothing else is asked about.
        }
    }

    private void giveLeave(int id, int bytes) throws IOException {
        byte[] increment = ByteBuffer.allocate(4).putInt(bytes).array();
        ByteArrayOutputStream frames = new ByteArrayOutputStream();
        frames.writeBytes(Http2Frames.frame(WINDOW_UPDATE, 0, 0, increment));
        if (!streams.get(id).complete) {
            frames.writeBytes(Http2Frames.frame(WINDOW_UPDATE, 0, id, increment));
        }
        try {
            write(frames.toByteArray());
        } catch (SocketException x) {
            windowsOpen = false; // The server listens no more; what it has said can still be read.
        }
    }

    private synchronized void write(byte[] bytes) throws IOException {
        socket.getOutputStream().write(bytes);
        socket.getOutputStream().flush();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
