package io.sluice.internal.connection;

import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;

/**
 * What Jetty knows of a client through the protocol of its connection, and how that protocol ends a connection. One
 * instance belongs to one connection and is used by the thread that drains.
 */
interface Protocol {
    // Here and not in the classes that need them: without Jetty's classes those must not even be loaded.
    boolean KNOWS_HTTP_1 = isAccessible("org.eclipse.jetty.server.internal.HttpConnection");
    boolean KNOWS_HTTP_2 = isAccessible("org.eclipse.jetty.http2.HTTP2Connection");

    /**
     * Tells whether something is under way that must be answered: the client has begun a message that is no request yet,
     * or a thread is at work for it. A response that is complete does not count, even if its handler goes on.
     */
    boolean isBusy();

    /** Tells whether the response under way leaves the connection open, so that its client may send another request. */
    default boolean isKeptAlive() {
        return true;
    }

    /** Tells the client once to begin nothing more on this connection, where the protocol has a message for that. */
    default void sendGoAway() {}

    /** Tells the client which of its requests are answered, where the protocol has a message for that. */
    default void sendLastGoAway() {}

    /** Tells whether the protocol has such messages. Without them a client only notices that the connection is closed. */
    default boolean hasGoAway() {
        return false;
    }

    /** Tells whether the client has read of what was sent within this time, as far as the protocol shows it. */
    default boolean isReadBy(long nowNanos, long withinNanos) {
        return false;
    }

    /**
     * Finds the protocol of a connection.
     *
     * @param connection the connection inside TLS
     * @param endPoint the endpoint on the socket
     */
    static Protocol of(Connection connection, EndPoint endPoint) {
        if (KNOWS_HTTP_2 && Http2.speaks(connection)) {
            return Http2.of(connection);
        }
        return KNOWS_HTTP_1 && Http1.speaks(connection)
                ? Http1.of(connection, endPoint)
                : new OtherProtocol(connection, endPoint);
    }

    /** Tells whether a class that a server may lack, or keep to itself, can be used here. */
    static boolean isAccessible(String className) {
        try {
            Class<?> found = Class.forName(className, false, Protocol.class.getClassLoader());
            return found.getModule().isExported(found.getPackageName(), Protocol.class.getModule());
        } catch (ClassNotFoundException | LinkageError x) {
            return false;
        }
    }
}
