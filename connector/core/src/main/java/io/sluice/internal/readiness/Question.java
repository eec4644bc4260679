package io.sluice.internal.readiness;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.eclipse.jetty.http.DateGenerator;

/**
 * An HTTP request as it comes in, in whichever pieces, to which the answer does not depend on what is asked: of all that
 * comes only the request line is kept, up to a limit.
 */
final class Question {
    private static final int LONGEST = 8192;
    private static final int LONGEST_LINE = 2048;

    private final StringBuilder requestLine = new StringBuilder();
    private boolean inHeaders;
    private int lineLength;
    private int length;
    private State state = State.INCOMPLETE;

    /** How far it has come. */
    enum State {
        /** There is more to come. */
        INCOMPLETE,
        /** It can be answered. */
        COMPLETE,
        /** It is longer than any question needs to be. */
        TOO_LONG,
        /** It is not HTTP/1. */
        BAD
    }

    /** Reads on; what comes after the end of the headers is left. */
    State read(ByteBuffer bytes) {
        while (state == State.INCOMPLETE && bytes.hasRemaining()) {
            state = ++length > LONGEST ? State.TOO_LONG : next((char) (bytes.get() & 0xff));
        }
        return state;
    }

    /** A line may end with a line feed alone, and empty lines before a request are nothing (RFC 9112, 2.2). */
    private State next(char c) {
        if (c == '\n') {
            return endOfLine();
        }
        if (c != '\r') {
            lineLength++;
            if (!inHeaders) {
                requestLine.append(c);
            }
        }
        return !inHeaders && lineLength > LONGEST_LINE ? State.TOO_LONG : State.INCOMPLETE;
    }

    private State endOfLine() {
        boolean empty = lineLength == 0;
        lineLength = 0;
        if (inHeaders) {
            return empty ? State.COMPLETE : State.INCOMPLETE;
        }
        inHeaders = !empty;
        return empty || requestLine.toString().matches("[!-~]+ [!-~\\x80-\\xff]+ HTTP/1\\.[0-9]")
                ? State.INCOMPLETE
                : State.BAD;
    }

    /** Gives the response to it, once it is no longer incomplete, with this status and body where it is complete. */
    ByteBuffer response(int status, String body) {
        return switch (state) {
            case TOO_LONG -> response("431 Request Header Fields Too Large", "too long\n");
            case BAD -> response("400 Bad Request", "bad request\n");
            default -> response(status + (status == 200 ? " OK" : " Service Unavailable"), body);
        };
    }

    private ByteBuffer response(String status, String body) {
        boolean head = requestLine.indexOf("HEAD ") == 0;
        return ByteBuffer.wrap(("HTTP/1.1 " + status + "\r\nDate: "
                        + DateGenerator.formatDate(System.currentTimeMillis())
                        + "\r\nContent-Type: text/plain\r\nCache-Control: no-store\r\n"
                        + "Content-Length: " + body.length() + "\r\nConnection: close\r\n\r\n" + (head ? "" : body))
                .getBytes(StandardCharsets.US_ASCII));
    }
}
