package io.sluice.internal.connection;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import org.eclipse.jetty.io.ManagedSelector;
import org.eclipse.jetty.io.SocketChannelEndPoint;
import org.eclipse.jetty.io.ssl.SslConnection;
import org.eclipse.jetty.util.thread.Scheduler;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** An endpoint that reads for the first time in the thread that opens it, and can outlive its selector. */
public sealed class TrackedEndPoint extends SocketChannelEndPoint permits RecordedEndPoint {
    private static final Logger LOG = LoggerFactory.getLogger(TrackedEndPoint.class);

    private volatile SelectionKey key;
    private volatile Thread opener; // Null once it has asked for a read.
    private volatile boolean detached;
    private volatile DetachedEndPointSelector detachedSelector;

    /**
     * Makes the endpoint of a connection, in the thread that opens it.
     *
     * @param readAtOnce whether that thread may serve the connection too
     */
    public TrackedEndPoint(
            SocketChannel channel,
            ManagedSelector selector,
            SelectionKey key,
            Scheduler scheduler,
            boolean readAtOnce) {
        super(channel, selector, key, scheduler);
        this.key = key;
        this.opener = readAtOnce ? Thread.currentThread() : null;
    }

    @Override
    public void replaceKey(SelectionKey newKey) {
        super.replaceKey(newKey);
        key = newKey;
    }

    /**
     * The first time, this reads what the client has sent already, in the thread that opens the connection. Most clients
     * speak first, and their request has come by then: the selector need not be woken to look for it, nor another thread to
     * answer it. A TLS engine takes any read for the begin of a handshake, so that a silent client would get an alert: it
     * waits for the selector.
     */
    @Override
    protected void needsFillInterest() {
        boolean first = Thread.currentThread() == opener;
        if (first) {
            opener = null;
        }
        if (first && !(getConnection() instanceof SslConnection)) {
            readAtOnce();
        } else {
            super.needsFillInterest();
            updateDetachedSelector();
        }
    }

    private void readAtOnce() {
        try {
            getFillInterest().fillable();
        } catch (RuntimeException | Error x) { // Which is no failure to accept, and not to be counted as one.
            LOG.warn("The connection of {} fails", this, x);
            close(x);
        }
    }

    /**
     * Takes the connection away from its selector, which closes all it holds when the connector stops, so that the
     * thread that stops the server can finish its own response after that.
     *
     * @throws IOException if it has been closed
     */
    void detach() throws IOException {
        if (detached) {
            return; // For another stream of the same connection.
        }
        detached = true;
        key.cancel();
        key.attach((Closeable) () -> {}); // The selector may not have dropped the key yet when it closes what it holds.
        detachedSelector = new DetachedEndPointSelector(this);
    }

    boolean isDetached() {
        return detached;
    }

    @Override
    protected void onIncompleteFlush() {
        super.onIncompleteFlush();
        updateDetachedSelector();
    }

    @Override
    public void doClose() {
        super.doClose();
        updateDetachedSelector();
    }

    private void updateDetachedSelector() {
        DetachedEndPointSelector current = detachedSelector;
        if (current != null) {
            current.update();
        }
    }

    @Override
    public void updateKey() {
        if (detached) {
            return; // With a cancelled key it would close the connection.
        }
        if (key.isValid()) {
            super.updateKey();
        } else {
            close(); // As it would do itself, but for each short connection with an exception and its stack trace.
        }
    }
}
