package io.sluice.internal.connection;

import java.util.List;
import org.eclipse.jetty.http2.HTTP2Connection;
import org.eclipse.jetty.http2.HTTP2Session;
import org.eclipse.jetty.http2.HTTP2Stream;
import org.eclipse.jetty.http2.api.Stream;
import org.eclipse.jetty.http2.frames.GoAwayFrame;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.util.Callback;

/**
 * HTTP/2: a session knows its open streams, and ends with two GOAWAY frames: the first asks the client to leave, the last
 * names the streams that are answered. A client may send any other again, so nothing else is owed.
 */
final class Http2 implements Protocol {
    private final HTTP2Session session;
    private boolean goAwaySent;
    private int sendWindow;
    private long windowGrownAt; // 0 as long as it has not.

    private Http2(HTTP2Session session) {
        this.session = session;
        this.sendWindow = session.updateSendWindow(0);
    }

    static boolean speaks(Connection connection) {
        return connection instanceof HTTP2Connection;
    }

    static Protocol of(Connection connection) {
        return new Http2(((HTTP2Connection) connection).getSession());
    }

    @Override
    public boolean isBusy() {
        return session.getStreams().stream().anyMatch(Http2::isUnanswered);
    }

    private static boolean isUnanswered(Stream stream) {
        return !(stream instanceof HTTP2Stream known && known.isLocallyClosed());
    }

    /**
     * Sends the GOAWAY of the highest stream (RFC 9113, 6.8) as a mere frame: the session's own goAway() sends the last
     * one right behind it when no stream is open, and drops the streams that were on their way.
     */
    @Override
    public void sendGoAway() {
        if (!goAwaySent) {
            goAwaySent = true;
            session.frames(null, List.of(GoAwayFrame.GRACEFUL), Callback.NOOP);
        }
    }

    @Override
    public void sendLastGoAway() {
        session.shutdown();
    }

    @Override
    public boolean hasGoAway() {
        return true;
    }

    /** A client that reads sends WINDOW_UPDATE frames, and the window grows; PING frames leave it as it is. */
    @Override
    public boolean isReadBy(long nowNanos, long withinNanos) {
        int window = session.updateSendWindow(0);
        if (window > sendWindow) {
            windowGrownAt = nowNanos;
        }
        sendWindow = window;
        return windowGrownAt != 0 && nowNanos - windowGrownAt < withinNanos;
    }
}
