package io.sluice.examples.rolling;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Judges the bytes of one HTTP/1 response, as far as they have come. Knows no sockets. */
final class ResponseReader {
    private static final String END_OF_HEADERS = "\r\n\r\n";
    private static final String PROTOCOL = "HTTP/1.";
    private static final Pattern STATUS_LINE = Pattern.compile("HTTP/1\\.[01] (\\d{3})(?: .*)?");
    private static final Pattern CONTENT_LENGTH =
            Pattern.compile("^content-length:[ \\t]*(.*?)[ \\t]*$", Pattern.CASE_INSENSITIVE | Pattern.MULTILINE);
    private static final Pattern CHUNKED =
            Pattern.compile("^transfer-encoding:.*\\bchunked[ \\t]*$", Pattern.CASE_INSENSITIVE | Pattern.MULTILINE);
    private static final Pattern CLOSES =
            Pattern.compile("^connection:.*\\bclose\\b", Pattern.CASE_INSENSITIVE | Pattern.MULTILINE);
    private static final Pattern LENGTH = Pattern.compile("\\d{1,9}");
    private static final String LAST_CHUNK = "0\r\n\r\n";

    private ResponseReader() {}

    /**
     * The outcome, once it is certain.
     *
     * @param received all that came so far, one char per byte
     * @param ended whether the stream has ended
     * @return empty if more has to be read; never empty when {@code ended}
     */
    static Optional<Outcome> outcome(String received, boolean ended) {
        if (!received.startsWith(PROTOCOL) && !PROTOCOL.startsWith(received)) {
            return Optional.of(Outcome.OTHER);
        }
        int headEnd = received.indexOf(END_OF_HEADERS);
        if (headEnd < 0) {
            return unfinished(ended);
        }
        // Line ends become \n, because Java's patterns see a lone \r as a line end too.
        String head = received.substring(0, headEnd).replace("\r\n", "\n");
        String body = received.substring(headEnd + END_OF_HEADERS.length());

        Matcher status = STATUS_LINE.matcher(head.lines().findFirst().orElse(""));
        if (!status.matches()) {
            return Optional.of(Outcome.OTHER);
        }
        Outcome complete = byStatus(Integer.parseInt(status.group(1)));
        Matcher length = CONTENT_LENGTH.matcher(head);
        if (CHUNKED.matcher(head).find()) {
            // The client asks for the connection to be closed, so the last chunk is the last thing that comes.
            return ended && body.endsWith(LAST_CHUNK) ? Optional.of(complete) : unfinished(ended);
        }
        if (length.find()) {
            if (!LENGTH.matcher(length.group(1)).matches()) {
                return Optional.of(Outcome.OTHER);
            }
            return body.length() >= Integer.parseInt(length.group(1)) ? Optional.of(complete) : unfinished(ended);
        }
        return ended ? Optional.of(complete) : Optional.empty();
    }

    private static Optional<Outcome> unfinished(boolean ended) {
        return ended ? Optional.of(Outcome.RESET) : Optional.empty();
    }

    /** Whether what was received, if it is a response at all, leaves its connection open. */
    static boolean keepsConnection(String received) {
        int headEnd = received.indexOf(END_OF_HEADERS);
        return headEnd >= 0
                && !CLOSES.matcher(received.substring(0, headEnd).replace("\r\n", "\n"))
                        .find();
    }

    /** The outcome of a complete response. */
    static Outcome byStatus(int status) {
        return switch (status) {
            case 200 -> Outcome.OK;
            case 503 -> Outcome.UNAVAILABLE;
            default -> Outcome.OTHER;
        };
    }
}
