package io.sluice.internal.listen;

import io.sluice.linux.ConnectionEnds;
import java.io.IOException;
import java.nio.channels.SocketChannel;

/** The open connections of a connector, as far as other processes may go on with them. */
public interface OpenConnections {
    /** None that could. */
    OpenConnections NONE = new OpenConnections() {
        @Override
        public String speak() {
            return "";
        }

        @Override
        public void serve(SocketChannel connection, ConnectionEnds ends) {
            throw new UnsupportedOperationException();
        }
    };

    /**
     * Tells what they speak. Only a connector that tells the same can go on with them.
     *
     * @return empty if no other connector can
     */
    String speak();

    /**
     * Serves a connection that another process had.
     *
     * @param connection the connection, whose own addresses are not those
     * @param ends its addresses
     * @throws IOException if it cannot be served; it is to be closed then
     */
    void serve(SocketChannel connection, ConnectionEnds ends) throws IOException;
}
