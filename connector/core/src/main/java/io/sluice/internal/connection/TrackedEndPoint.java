package io.sluice.internal.connection;

import io.sluice.linux.ConnectionEnds;
import java.io.Closeable;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.util.function.BooleanSupplier;
import org.eclipse.jetty.io.ManagedSelector;
import org.eclipse.jetty.io.SocketChannelEndPoint;
import org.eclipse.jetty.io.ssl.SslConnection;
import org.eclipse.jetty.util.IO;
import org.eclipse.jetty.util.thread.Scheduler;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An endpoint that reads for the first time in the thread that opens it, and can leave its selector: to outlive it, or to go
 * on in another process.
 */
public sealed class TrackedEndPoint extends SocketChannelEndPoint permits RecordedEndPoint {
    private static final Logger LOG = LoggerFactory.getLogger(TrackedEndPoint.class);

    private final ManagedSelector selector;
    private final ConnectionTracker tracker;
    private final ConnectionEnds adopted; // Null if it was accepted here.
    private volatile SelectionKey key;
    private volatile Thread opener; // Null once it has asked for a read.
    private volatile boolean detached;
    private volatile DetachedEndPointSelector detachedSelector;
    private volatile Leaving leaving = Leaving.NOT;
    private volatile boolean parked; // It waits for its client, and no selector looks for it.
    private volatile long idleTimeout; // Of one that has left.

    /**
     * Makes the endpoint of a connection, in the thread that opens it.
     *
     * @param key whose attachment are the ends of a connection that another process has accepted
     * @param tracker of its connector
     * @param isHttp whether it speaks HTTP/1 in clear text from the first byte on, which tells by itself what was read
     * @param readAtOnce whether that thread may serve the connection too
     */
    public static SocketChannelEndPoint of(
            SocketChannel channel,
            ManagedSelector selector,
            SelectionKey key,
            Scheduler scheduler,
            ConnectionTracker tracker,
            boolean isHttp,
            boolean readAtOnce) {
        return isHttp
                ? new TrackedEndPoint(channel, selector, key, scheduler, tracker, readAtOnce)
                : new RecordedEndPoint(channel, selector, key, scheduler, tracker, readAtOnce);
    }

    TrackedEndPoint(
            SocketChannel channel,
            ManagedSelector selector,
            SelectionKey key,
            Scheduler scheduler,
            ConnectionTracker tracker,
            boolean readAtOnce) {
        super(channel, selector, key, scheduler);
        this.selector = selector;
        this.tracker = tracker;
        this.adopted = key.attachment() instanceof ConnectionEnds ends ? ends : null;
        this.key = key;
        this.opener = readAtOnce ? Thread.currentThread() : null;
    }

    @Override
    public SocketAddress getLocalSocketAddress() {
        return adopted == null ? super.getLocalSocketAddress() : adopted.local();
    }

    @Override
    public SocketAddress getRemoteSocketAddress() {
        return adopted == null ? super.getRemoteSocketAddress() : adopted.remote();
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
        } else if (tracker.isNextRequestForSuccessor(getConnection())) {
            parked = true; // What its client sends next, the successor reads.
        } else {
            super.needsFillInterest();
            updateDetachedSelector();
        }
    }

    /** Reads nothing that the successor is to read. */
    @Override
    public int fill(ByteBuffer buffer) throws IOException {
        return tracker.isNextRequestForSuccessor(getConnection()) ? 0 : super.fill(buffer);
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

    // ---- going on in another process -------------------------------------------------------------------------------

    /** Tells how far it has come. */
    Leaving leaving() {
        return leaving;
    }

    boolean isOnItsWay() {
        return leaving == Leaving.ASKED || leaving == Leaving.LEFT;
    }

    ManagedSelector selector() {
        return selector;
    }

    /** Begins to leave; the selector's thread ends that with {@link #leaveIfWaiting}. */
    void askToLeave() {
        leaving = Leaving.ASKED;
    }

    /**
     * Leaves the selector if it only waits for its client. Called in the selector's thread: a key that is interested has not
     * been selected, so that no thread is about to read.
     */
    void leaveIfWaiting(BooleanSupplier isBetweenRequests) {
        int interest = parked ? 0 : SelectionKey.OP_READ;
        if (isOpen()
                && !detached
                && key.isValid()
                && key.interestOps() == interest
                && isFillInterested()
                && isBetweenRequests.getAsBoolean()) {
            idleTimeout = getIdleTimeout();
            setIdleTimeout(0); // Its end would close a descriptor that is about to be another's.
            leaving = Leaving.LEFT;
            key.cancel();
            key.attach((Closeable) () -> {}); // Jetty closes the connection of a key that it finds cancelled.
        } else {
            leaving = Leaving.STAYED;
        }
    }

    /** Tells whether no selector has it any more, which takes until the selector that it has left selects again. */
    boolean hasLeft() {
        return leaving == Leaving.LEFT && !getChannel().isRegistered();
    }

    /**
     * Ends here, because another process goes on with it. Only our descriptor is closed by that: the JDK shuts down no
     * connection that is in no selector (sun.nio.ch.SocketChannelImpl.implCloseNonBlockingMode).
     */
    void goOnElsewhere() {
        leaving = Leaving.GONE;
        IO.close(getConnection());
    }

    /** Comes back to the selector that it has left, because nobody else goes on with it. */
    void comeBack() {
        setIdleTimeout(idleTimeout);
        leaving = Leaving.STAYED;
        int interest = parked ? 0 : SelectionKey.OP_READ;
        selector.submit(nio -> {
            try {
                replaceKey(getChannel().register(nio, interest, this));
                unpark();
            } catch (IOException | RuntimeException x) { // It is closed.
                LOG.debug("{} does not come back", this, x);
            }
        });
    }

    /** Reads on, if it has waited for a successor that does not take it. */
    void unpark() {
        if (parked) {
            parked = false;
            super.needsFillInterest();
        }
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
        if (detached || leaving == Leaving.LEFT || leaving == Leaving.GONE) {
            return; // With a cancelled key it would close the connection.
        }
        if (key.isValid()) {
            super.updateKey();
        } else {
            close(); // As it would do itself, but for each short connection with an exception and its stack trace.
        }
    }

    /** How far it has come on its way to another process. */
    enum Leaving {
        /** It has never been asked to. */
        NOT,
        /** Its selector will come to it. */
        ASKED,
        /** Its selector has found that it is busy, or nobody else has taken it. */
        STAYED,
        /** Its selector has it no more, or as soon as it selects again. */
        LEFT,
        /** Another process goes on with it. */
        GONE
    }
}
