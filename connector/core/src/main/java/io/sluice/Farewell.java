package io.sluice;

import org.eclipse.jetty.io.Connection;

/**
 * What a server that goes away says to its client, where the protocol has words for it. HTTP/1 has none: it says so in
 * its next answer.
 */
interface Farewell {
    /** Says nothing. */
    Farewell NONE = new Farewell() {};

    /**
     * The words of a connection's protocol.
     *
     * @param connection the connection that speaks it, not that of TLS around it
     */
    static Farewell of(Connection connection) {
        // A server without HTTP/2 has not got its classes: none of them may be touched there.
        return Known.HTTP_2 && Http2Farewell.isFor(connection) ? new Http2Farewell(connection) : NONE;
    }

    /** Says that the client should begin nothing more on this connection. */
    default void announce() {}

    /** Whether the protocol has something under way that is no request yet, or no longer. */
    default boolean isBusy() {
        return false;
    }

    /** Says, as the last word, what was begun in time to be answered. */
    default void conclude() {}

    /** The protocols whose classes are there. */
    final class Known {
        private static final boolean HTTP_2 = isPresent("org.eclipse.jetty.http2.HTTP2Connection");

        private Known() {}

        private static boolean isPresent(String className) {
            try {
                Class.forName(className, false, Farewell.class.getClassLoader());
                return true;
            } catch (ClassNotFoundException | LinkageError x) {
                return false;
            }
        }
    }
}
