package io.sluice.internal.connection;

import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;

/**
 * A protocol that Jetty tells little of: PROXY or the detection of a protocol, as long as their bytes are not complete;
 * one of the application's own; HTTP/1 where its connections cannot be asked. Bytes that were read count as a request
 * that has begun, until one has been counted.
 */
final class OtherProtocol implements Protocol {
    private final Connection connection;
    private final EndPoint endPoint;

    OtherProtocol(Connection connection, EndPoint endPoint) {
        this.connection = connection;
        this.endPoint = endPoint;
    }

    @Override
    public boolean isBusy() {
        long bytes = connection.getBytesIn(); // -1 where a connection does not count them.
        return connection.getMessagesIn() <= 0 && (bytes > 0 || bytes < 0 && hasReadFromSocket());
    }

    /** Inside TLS it is TLS that reads from the socket. */
    private boolean hasReadFromSocket() {
        return connection.getEndPoint() == endPoint
                && endPoint instanceof RecordedEndPoint recorded
                && recorded.hasRead();
    }
}
