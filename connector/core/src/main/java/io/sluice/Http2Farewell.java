package io.sluice;

import java.util.List;
import org.eclipse.jetty.http2.HTTP2Connection;
import org.eclipse.jetty.http2.HTTP2Session;
import org.eclipse.jetty.http2.frames.GoAwayFrame;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.util.Callback;

/** HTTP/2 says GOAWAY twice: first that the client should leave, later which streams it will still see answered. */
final class Http2Farewell implements Farewell {
    private final HTTP2Session session;

    Http2Farewell(Connection connection) {
        session = ((HTTP2Connection) connection).getSession();
    }

    static boolean isFor(Connection connection) {
        return connection instanceof HTTP2Connection;
    }

    /**
     * Sends the GOAWAY of the highest stream (RFC 9113, 6.8) as a mere frame: the session's own goAway() sends the last
     * one right behind it when no stream is open, and drops the streams that were on their way.
     */
    @Override
    public void announce() {
        session.frames(null, List.of(GoAwayFrame.GRACEFUL), Callback.NOOP);
    }

    @Override
    public boolean isBusy() {
        return !session.getStreams().isEmpty();
    }

    @Override
    public void conclude() {
        session.shutdown();
    }
}
