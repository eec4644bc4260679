package io.sluice;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import org.eclipse.jetty.io.ManagedSelector;
import org.eclipse.jetty.io.SocketChannelEndPoint;
import org.eclipse.jetty.io.ssl.SslConnection;
import org.eclipse.jetty.util.BufferUtil;
import org.eclipse.jetty.util.thread.Scheduler;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An endpoint that remembers whether its client has sent something that nobody has answered, and that can outlive its
 * selector.
 */
final class WatchedEndPoint extends SocketChannelEndPoint {
    private static final Logger LOG = LoggerFactory.getLogger(WatchedEndPoint.class);

    private volatile SelectionKey key;
    // Written with each request, and read by a drain that may come once: ordered, without the fence of a volatile
    // write.
    private static final AtomicIntegerFieldUpdater<WatchedEndPoint> UNREAD =
            AtomicIntegerFieldUpdater.newUpdater(WatchedEndPoint.class, "unread");
    private static final AtomicIntegerFieldUpdater<WatchedEndPoint> HEARD =
            AtomicIntegerFieldUpdater.newUpdater(WatchedEndPoint.class, "heard");
    private static final int NO = 0;
    private static final int YES = 1;

    private volatile int unread;
    private volatile int heard;
    private volatile long readAt = System.nanoTime();
    private final OpenConnection openConnection;
    private final SelectorLook look;
    private volatile Thread opener; // Null when the connection is open.
    private volatile boolean firstReadWanted;
    private volatile boolean looked; // Whether somebody has read, or the selector will tell when there is something.
    private volatile boolean detached;
    private volatile LonelySelector lonely;

    /**
     * Made by the thread that opens the connection.
     *
     * @param readAtOnce whether that thread calls {@link #opened}, and may serve the connection too
     */
    WatchedEndPoint(
            SocketChannel channel,
            ManagedSelector selector,
            SelectionKey key,
            Scheduler scheduler,
            OpenConnection openConnection,
            SelectorLook look,
            boolean readAtOnce) {
        super(channel, selector, key, scheduler);
        this.key = key;
        this.openConnection = openConnection;
        this.look = look;
        this.opener = readAtOnce ? Thread.currentThread() : null;
        this.looked = !readAtOnce;
    }

    OpenConnection openConnection() {
        return openConnection;
    }

    /** Whether bytes have arrived, or may have, that no thread has read yet: with all threads busy that can take its time. */
    boolean isUnread() {
        return unread == YES || !looked;
    }

    /** Whether bytes were read since the start, or since {@link #forgetHeard()}. */
    boolean isHeard() {
        return heard == YES;
    }

    /** What was read until now has been answered. */
    void forgetHeard() {
        HEARD.lazySet(this, NO);
    }

    /** Since the client has said something, if it has since it was told of the end. */
    long nanosSinceRead() {
        return System.nanoTime() - readAt;
    }

    @Override
    public Runnable onSelected() {
        if ((key.readyOps() & SelectionKey.OP_READ) != 0) {
            UNREAD.lazySet(this, YES);
        }
        return super.onSelected();
    }

    @Override
    public int fill(ByteBuffer buffer) throws IOException {
        int filled = super.fill(buffer);
        if (filled > 0 && openConnection.isAnnounced()) {
            readAt = System.nanoTime();
        }
        if (buffer.hasRemaining()) { // What came now, or half a TLS record that came with the end of the handshake.
            HEARD.lazySet(this, YES);
        }
        if (BufferUtil.space(buffer) > 0) {
            if (!looked) {
                looked = true;
            }
            UNREAD.lazySet(this, NO); // There was room for more than came: the kernel has no more.
        }
        return filled;
    }

    @Override
    public void replaceKey(SelectionKey newKey) {
        super.replaceKey(newKey);
        key = newKey;
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
        lonely = new LonelySelector(this);
    }

    boolean isDetached() {
        return detached;
    }

    @Override
    protected void needsFillInterest() {
        if (Thread.currentThread() == opener) {
            firstReadWanted = true;
        } else {
            super.needsFillInterest();
            updateLonely();
        }
    }

    /**
     * Reads what the client has sent already, in the thread that has opened the connection. Most clients speak first, and
     * their request has come by then: the selector need not be woken to look for it, nor another thread to answer it. Not
     * for TLS, whose engine takes any read for the begin of a handshake: a client that says nothing would get an alert.
     */
    void opened() {
        opener = null;
        openConnection.opened(this, look);
        if (firstReadWanted && !(getConnection() instanceof SslConnection)) {
            readAtOnce();
        } else if (firstReadWanted) {
            needsFillInterest();
        }
        if (!looked) {
            openConnection.quietFromNow();
            looked = true;
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

    @Override
    protected void onIncompleteFlush() {
        super.onIncompleteFlush();
        updateLonely();
    }

    @Override
    public void doClose() {
        super.doClose();
        updateLonely();
    }

    private void updateLonely() {
        LonelySelector current = lonely;
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
