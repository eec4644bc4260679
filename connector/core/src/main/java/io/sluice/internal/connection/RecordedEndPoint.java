package io.sluice.internal.connection;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import org.eclipse.jetty.io.ManagedSelector;
import org.eclipse.jetty.io.ssl.SslConnection;
import org.eclipse.jetty.util.thread.Scheduler;

/** An endpoint that remembers what neither TLS nor a protocol of others tells of what was read. HTTP needs it not. */
final class RecordedEndPoint extends TrackedEndPoint {
    private static final int TLS_RECORD_HEADER = 5; // RFC 8446, 5.1: type, version, and two bytes of length.

    private volatile boolean read;
    private volatile boolean inTlsRecord;

    /** Makes the endpoint of a connection, see {@link TrackedEndPoint}. */
    RecordedEndPoint(
            SocketChannel channel,
            ManagedSelector selector,
            SelectionKey key,
            Scheduler scheduler,
            ConnectionTracker tracker,
            boolean readAtOnce) {
        super(channel, selector, key, scheduler, tracker, readAtOnce);
    }

    /** Tells whether anything has ever been read. */
    boolean hasRead() {
        return read;
    }

    /** Tells whether the last read from a TLS client ended inside a record, which Jetty cannot decrypt yet. */
    boolean isInTlsRecord() {
        return inTlsRecord;
    }

    @Override
    public int fill(ByteBuffer buffer) throws IOException {
        int filled = super.fill(buffer);
        if (filled > 0) {
            if (!read) {
                read = true;
            }
            if (getConnection() instanceof SslConnection) {
                boolean inside = endsInsideTlsRecord(buffer);
                if (inTlsRecord != inside) {
                    inTlsRecord = inside;
                }
            }
        }
        return filled;
    }

    /** An SslConnection reads into a buffer that holds what it has not decrypted, from the start of a record on. */
    private static boolean endsInsideTlsRecord(ByteBuffer buffer) {
        int at = buffer.position();
        while (at + TLS_RECORD_HEADER <= buffer.limit()) {
            at += TLS_RECORD_HEADER + (buffer.getShort(at + 3) & 0xffff);
        }
        return at != buffer.limit();
    }
}
