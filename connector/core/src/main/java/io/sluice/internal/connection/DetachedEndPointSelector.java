package io.sluice.internal.connection;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.io.SocketChannelEndPoint;

/** A selector, with a thread, for one endpoint that has outlived the selectors of its connector. */
final class DetachedEndPointSelector implements Closeable {
    private static final long LONGEST_SELECT_MILLIS = 1000;

    private final Selector selector = Selector.open();
    private final SocketChannelEndPoint endPoint;
    private final SelectionKey key;

    /**
     * Serves an endpoint until it is closed.
     *
     * @param endPoint one whose channel has no valid key
     * @throws IOException if it is closed already
     */
    DetachedEndPointSelector(SocketChannelEndPoint endPoint) throws IOException {
        this.endPoint = endPoint;
        key = endPoint.getChannel().register(selector, 0);
        Thread thread = new Thread(this::serve, "sluice-" + endPoint.getChannel());
        thread.setDaemon(true);
        thread.start();
    }

    /** To be called when the endpoint wants something else to be selected, or is closed. */
    void update() {
        selector.wakeup();
    }

    private void serve() {
        try (this) {
            while (key.isValid()) {
                key.interestOps((endPoint.getFillInterest().isInterested() ? SelectionKey.OP_READ : 0)
                        | (endPoint.getWriteFlusher().isPending() ? SelectionKey.OP_WRITE : 0));
                selector.select(this::selected, LONGEST_SELECT_MILLIS);
                closeIfIdle();
            }
        } catch (IOException | RuntimeException x) {
            endPoint.close(x); // So does Jetty's selector when an endpoint fails it.
        }
    }

    /**
     * The scheduler that does this for others has stopped, and a thread may wait for a client that never reads. Where
     * nobody waits for the client, a thread is still at work for it.
     */
    private void closeIfIdle() {
        long idleTimeout = endPoint.getIdleTimeout();
        boolean waiting = endPoint.getFillInterest().isInterested()
                || endPoint.getWriteFlusher().isPending();
        if (waiting && idleTimeout > 0 && endPoint.getIdleFor() > idleTimeout) {
            endPoint.close(new TimeoutException("idle for more than %d ms".formatted(idleTimeout)));
        }
    }

    private void selected(SelectionKey selected) {
        if (selected.isReadable()) {
            endPoint.getFillInterest().fillable();
        }
        if (selected.isValid() && selected.isWritable()) {
            endPoint.getWriteFlusher().completeWrite();
        }
    }

    @Override
    public void close() throws IOException {
        selector.close();
    }
}
