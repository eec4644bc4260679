package io.sluice.internal.connection;

import org.eclipse.jetty.http.HttpGenerator;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpParser;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.internal.HttpConnection;

/**
 * HTTP/1: Jetty's parser tells whether a request has begun. Jetty does not export the class, so that on a module path it
 * can be asked only with {@code --add-exports org.eclipse.jetty.server/org.eclipse.jetty.server.internal=io.sluice.connector}.
 */
final class Http1 implements Protocol {
    private final HttpConnection connection;
    private final HttpParser parser;
    private final HttpGenerator generator;
    private final EndPoint endPoint;

    private Http1(HttpConnection connection, EndPoint endPoint) {
        this.connection = connection;
        this.parser = connection.getParser();
        this.generator = connection.getGenerator();
        this.endPoint = endPoint;
    }

    static boolean speaks(Connection connection) {
        return connection instanceof HttpConnection;
    }

    static Protocol of(Connection connection, EndPoint endPoint) {
        return new Http1((HttpConnection) connection, endPoint);
    }

    /**
     * The parser leaves its start with the first byte that is neither CR nor LF (RFC 9112, 2.2), and returns to it when a
     * response is complete and its handler too. In between the generator has come to its end, and what the connection has
     * read beyond the request is the next one. A connection that does not wait for its client is being served.
     */
    @Override
    public boolean isBusy() {
        if (generator.isEnd()) {
            boolean requestRead = parser.isComplete() || !parser.hasContent();
            return requestRead && !connection.isRequestBufferEmpty();
        }
        boolean begun = !parser.isStart() && !parser.isClose() && !parser.isClosed();
        return begun || !endPoint.isFillInterested();
    }

    /**
     * Tells whether another process could go on with a connection once it is between two requests: it is HTTP/1 in clear
     * text, on the socket itself, so that no TLS or PROXY header came before; and nothing of the application's is tied to
     * it. What Jetty ties to an HTTP/1 connection itself is made anew for each.
     */
    static boolean isMovable(Connection connection) {
        return connection instanceof HttpConnection http
                && http.getClass() == HttpConnection.class
                && http.getEndPoint() instanceof TrackedEndPoint
                && http.getAttributeNameSet().isEmpty();
    }

    /**
     * Tells whether nothing has been read of a next request, and the last one has its response. True for good if its thread
     * asks, or none is at work for it.
     */
    static boolean isBetweenRequests(HttpConnection http) {
        return http.getParser().isStart() && http.getGenerator().isIdle() && http.isRequestBufferEmpty();
    }

    /** Tells whether a further request has been read while the one before is served. */
    static boolean hasReadAhead(Connection connection) {
        return !((HttpConnection) connection).isRequestBufferEmpty();
    }

    /** A request for an upgrade counts too: Jetty would spoil its response once the connector is shut down. */
    @Override
    public boolean isKeptAlive() {
        Request request = connection.getHttpChannel().getRequest();
        boolean upgrade = request != null && request.getHeaders().contains(HttpHeader.UPGRADE);
        return upgrade || generator.isCommitted() && generator.isPersistent();
    }
}
