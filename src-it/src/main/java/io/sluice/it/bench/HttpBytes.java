package io.sluice.it.bench;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;

/** As much HTTP as clients need that must not use up the processors that the server is measured on. */
final class HttpBytes {
    private static final int LARGEST_ANSWER = 2048;
    private static final ByteBuffer OK = bytes("HTTP/1.1 200 ");
    private static final ByteBuffer END = bytes("\r\n\r\nok");

    private HttpBytes() {}

    /** A request with these header lines more. */
    static ByteBuffer request(String headers) {
        ByteBuffer text = bytes("GET / HTTP/1.1\r\nHost: localhost\r\n" + headers + "\r\n");
        return ByteBuffer.allocateDirect(text.remaining()).put(text);
    }

    static ByteBuffer answerBuffer() {
        return ByteBuffer.allocateDirect(LARGEST_ANSWER);
    }

    static void send(ByteBuffer request, SocketChannel connection) throws IOException {
        request.rewind();
        while (request.hasRemaining()) {
            connection.write(request);
        }
    }

    /** Whether what was received ends as the server's answer does. */
    static boolean isWhole(ByteBuffer received) {
        int start = received.position() - END.remaining();
        return start >= 0 && received.slice(start, END.remaining()).equals(END);
    }

    static void requireRoom(ByteBuffer answer) throws IOException {
        if (!answer.hasRemaining()) {
            throw wrong(answer);
        }
    }

    static void requireOk(ByteBuffer answer) throws IOException {
        if (answer.position() < OK.remaining()
                || !answer.slice(0, OK.remaining()).equals(OK)
                || !isWhole(answer)) {
            throw wrong(answer);
        }
    }

    private static IOException wrong(ByteBuffer answer) {
        return new IOException("a wrong answer: "
                + StandardCharsets.ISO_8859_1.decode(answer.duplicate().flip()));
    }

    private static ByteBuffer bytes(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII)).asReadOnlyBuffer();
    }
}
