package io.sluice.internal.listen;

import io.sluice.linux.AdoptedConnection;
import java.io.IOException;

/** The open connections of a connector, as far as other processes may go on with them. */
public interface OpenConnections {
    /** None that could. */
    OpenConnections NONE = new OpenConnections() {
        @Override
        public String speak() {
            return "";
        }

        @Override
        public void serve(AdoptedConnection connection) {
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
     * @param connection the connection
     * @throws IOException if it cannot be served; it is to be closed then
     */
    void serve(AdoptedConnection connection) throws IOException;
}
