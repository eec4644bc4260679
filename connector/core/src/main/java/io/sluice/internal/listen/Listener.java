package io.sluice.internal.listen;

import io.sluice.internal.drain.AcceptQueue;
import io.sluice.linux.KernelListener;
import io.sluice.linux.StandardStreams;
import java.io.IOException;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.BooleanSupplier;
import org.eclipse.jetty.io.ManagedSelector;
import org.eclipse.jetty.util.IO;
import org.eclipse.jetty.util.thread.Scheduler;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A listening socket of a connector. No thread ever blocks in {@code accept}: an interrupt that finds it there would close
 * the channel, and the kernel would reset what is queued. Acceptor threads wait in a selector of their own instead, and
 * without acceptors one of Jetty's selectors tells when there is something to accept.
 */
public final class Listener implements AcceptQueue {
    private static final Logger LOG = LoggerFactory.getLogger(Listener.class);
    private static final long ACCEPT_RETRY_MILLIS = 1000; // As AbstractConnector.handleAcceptFailure does.
    private static final long LONGEST_WAIT_MILLIS = 1000;
    private static final long WATCH_MILLIS = 20;

    private final ServerSocketChannel channel;
    private final KernelListener kernel;
    private final HandOver handOver;
    private final BooleanSupplier accepting;
    private final Scheduler scheduler;
    private final Nudge nudge;
    private final Selector readiness; // Null unless others may hold the listener.

    /** Held for reading from an accept to its hand-over, so that stopAcceptors can wait for both. */
    private final ReadWriteLock handOvers = new ReentrantReadWriteLock();

    private final Selector[] acceptors; // Guarded by this; one for each acceptor thread, opened when it first waits.
    private SelectorAcceptor selectorAcceptor; // Guarded by this.

    private final AtomicInteger begun = new AtomicInteger(); // Accepts.
    private final AtomicInteger ended = new AtomicInteger();
    private volatile int endedBefore = -1; // When the last look came.

    private final KeptConnections kept;
    private final CountDownLatch closed = new CountDownLatch(1);
    private volatile boolean stopped;

    /**
     * Takes over a bound channel and makes it non-blocking.
     *
     * @param channel the channel
     * @param kernel the kernel's side of it
     * @param acceptors how many threads will call {@link #awaitAndAccept}
     * @param handOver takes each accepted connection
     * @param accepting whether an acceptor may accept the next one: not while one of Jetty's limits, or an operator, forbids
     *     it
     * @param room whether there is room for one that the drain has accepted; it accepts in any case, because in the queue of
     *     a listener that is closed the connection would be reset
     * @param scheduler tells when to try again after a failure to accept, where a selector accepts
     * @throws IOException if it cannot be made non-blocking
     */
    public Listener(
            ServerSocketChannel channel,
            KernelListener kernel,
            int acceptors,
            HandOver handOver,
            BooleanSupplier accepting,
            Room room,
            Scheduler scheduler)
            throws IOException {
        this(channel, kernel, false, acceptors, handOver, accepting, room, scheduler);
    }

    /**
     * The same for a channel that others may hold. One of them may clear O_NONBLOCK, which is theirs too: then an accept
     * blocks if nothing is there. So nothing is accepted before a selector has told that something is; and who finds that
     * another process was faster is nudged, see {@link Nudge}.
     *
     * @param shared whether others may hold it
     */
    Listener(
            ServerSocketChannel channel,
            KernelListener kernel,
            boolean shared,
            int acceptors,
            HandOver handOver,
            BooleanSupplier accepting,
            Room room,
            Scheduler scheduler)
            throws IOException {
        this.channel = channel;
        this.acceptors = new Selector[acceptors];
        this.kernel = kernel;
        this.handOver = handOver;
        this.accepting = accepting;
        this.scheduler = scheduler;
        this.kept = new KeptConnections(handOver, room);
        this.nudge = new Nudge(channel);
        channel.configureBlocking(false);
        this.readiness = shared ? channel.provider().openSelector() : null;
    }

    /**
     * Called by an acceptor thread again and again: waits until there is something to accept, and accepts it all. Once
     * the acceptors are stopped it waits for the close, which it reports as an exception that ends the acceptor.
     *
     * @param acceptor the index of the thread among the acceptors
     * @throws IOException if the accept failed, or the listener is closed
     * @throws InterruptedException if the thread is interrupted while it waits for the close
     */
    public void awaitAndAccept(int acceptor) throws IOException, InterruptedException {
        Selector selector = selectorOf(acceptor);
        if (selector != null) {
            try {
                selector.select(key -> {});
            } catch (ClosedSelectorException x) {
                LOG.debug("Acceptor stopped", x);
            }
            Thread.interrupted(); // Jetty interrupts acceptors to make them look whether the connector still runs.
            acceptAll();
        } else {
            closed.await();
            throw new AsynchronousCloseException();
        }
    }

    private synchronized Selector selectorOf(int acceptor) throws IOException {
        if (stopped) {
            return null;
        }
        if (acceptors[acceptor] == null) {
            acceptors[acceptor] = channel.provider().openSelector();
            channel.register(acceptors[acceptor], SelectionKey.OP_ACCEPT);
        }
        return acceptors[acceptor];
    }

    /**
     * Has a selector accept whenever there is room, for a connector without acceptor threads.
     *
     * @param selector the selector; the first that is given here stays the one that accepts
     */
    public synchronized void acceptOn(ManagedSelector selector) {
        if (!stopped && selectorAcceptor == null) {
            selectorAcceptor = new SelectorAcceptor(selector);
        }
    }

    /** Tells the selector that accepts, if any, that there is room again, or no more. */
    synchronized void roomChanged() {
        if (!stopped && selectorAcceptor != null) {
            selectorAcceptor.followRoom();
        }
    }

    private void acceptAll() throws IOException {
        handOvers.readLock().lock();
        try {
            SocketChannel accepted;
            do {
                accepted = !stopped && accepting.getAsBoolean() ? counted(channel::accept) : null;
                if (accepted != null && stopped && nudge.isOurs(accepted)) {
                    accepted.close();
                } else if (accepted != null) {
                    handOver(accepted);
                }
            } while (accepted != null && readiness == null); // Otherwise a selector tells of the next one.
        } finally {
            handOvers.readLock().unlock();
        }
    }

    /** Closes probes of ours that it meets: they are sent only after all acceptors have stopped. */
    @Override
    public boolean acceptOne() throws IOException {
        SocketChannel accepted = counted(this::acceptIfReady);
        while (accepted != null && (kernel.isProbe(accepted.getRemoteAddress()) || nudge.isOurs(accepted))) {
            accepted.close();
            accepted = counted(this::acceptIfReady);
        }
        if (accepted == null) {
            return false;
        }
        kept.add(accepted);
        return true;
    }

    /** Counts, so that {@link #watch} notices an accept that blocks. */
    private SocketChannel counted(Accept accept) throws IOException {
        begun.incrementAndGet();
        try {
            return accept.next();
        } finally {
            ended.incrementAndGet();
        }
    }

    private SocketChannel acceptIfReady() throws IOException {
        if (readiness != null) {
            if (channel.keyFor(readiness) == null) {
                channel.register(readiness, SelectionKey.OP_ACCEPT);
            }
            if (readiness.selectNow(key -> {}) == 0) {
                return null;
            }
        }
        return kernel.accept(channel);
    }

    @Override
    public int handOverKept(boolean mayWait) {
        return kept.handOver(mayWait);
    }

    @Override
    public int closeUnserved() {
        return kept.closeUnserved();
    }

    private void handOver(SocketChannel accepted) throws IOException {
        try {
            handOver.accepted(accepted);
        } catch (IOException | RuntimeException x) {
            IO.close(accepted);
            throw x;
        }
    }

    @Override
    public KernelListener kernel() {
        return kernel;
    }

    @Override
    public void stopAcceptors() {
        synchronized (this) {
            stopped = true;
            Arrays.stream(acceptors).forEach(IO::close);
            if (selectorAcceptor != null) {
                selectorAcceptor.end();
            }
        }
        watch();
        if (await(() -> handOvers.writeLock().tryLock())) { // A thread between accept and hand-over finishes first.
            handOvers.writeLock().unlock();
        } else {
            LOG.warn(
                    "The hand-over of a connection takes more than {} ms; the drain goes on without it",
                    LONGEST_WAIT_MILLIS);
        }
        // NIO postpones the kernel's close of a channel for as long as a selector holds it registered.
        if (!await(() -> !channel.isRegistered())) {
            LOG.warn("A selector still holds {}; its close may be late", channel);
        }
    }

    private static boolean await(BooleanSupplier state) {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(LONGEST_WAIT_MILLIS);
        boolean reached;
        while (!(reached = state.getAsBoolean()) && System.nanoTime() < end) {
            LockSupport.parkNanos(TimeUnit.MICROSECONDS.toNanos(50));
        }
        return reached;
    }

    /** Sees to it until the close that no accept blocks: that none ends and one is under way for so long. */
    private void watch() {
        if (closed.getCount() > 0) {
            int endedNow = ended.get();
            if (begun.get() > endedNow && endedNow == endedBefore) {
                nudge.send();
            }
            endedBefore = endedNow;
            try {
                scheduler.schedule(this::watch, WATCH_MILLIS, TimeUnit.MILLISECONDS);
            } catch (RejectedExecutionException | OutOfMemoryError x) { // It has stopped, or gets no thread.
                LOG.debug("An accept of {} that blocks would not be noticed", channel, x);
            }
        }
    }

    @Override
    public void close() {
        IO.close(readiness); // First, because NIO puts off the kernel's close for as long as it has the channel.
        StandardStreams.keepWhileClosing(channel);
        kernel.close();
        closed.countDown();
    }

    /** Tells whether Jetty can take one more connection of those that a drain has accepted. */
    public interface Room {
        /**
         * Tells whether the drain may hand over the next connection.
         *
         * @param mayWait whether there is time to wait for limits that pass by themselves
         * @return false if Jetty would close it, or if it may wait
         */
        boolean hasRoom(boolean mayWait);
    }

    /** One accept. */
    private interface Accept {
        /** Gives the next connection, or null. */
        SocketChannel next() throws IOException;
    }

    /** Passes an accepted connection on to be served. */
    public interface HandOver {
        /**
         * Passes on one connection.
         *
         * @param connection the connection
         * @throws IOException if it cannot be served; it is closed then
         */
        void accepted(SocketChannel connection) throws IOException;
    }

    /**
     * Accepts in a selector's thread. Its key stays registered while the accepting is stopped and allowed again, and only its
     * interest changes: a channel whose key was cancelled cannot be registered with the selector again before that has
     * selected once more, and both may be asked for in one go.
     */
    private final class SelectorAcceptor implements ManagedSelector.Selectable {
        private final ManagedSelector selector;
        private SelectionKey key; // Used in the selector's thread only.

        private SelectorAcceptor(ManagedSelector selector) {
            this.selector = selector;
            selector.submit(nio -> {
                try {
                    key = channel.register(nio, 0, this);
                    updateInterest();
                } catch (IOException x) {
                    LOG.warn("Cannot accept from {}", channel, x);
                }
            });
        }

        /** Does what is right when the selector comes to it, so that it does not matter in which order threads asked. */
        private void followRoom() {
            selector.submit(nio -> updateInterest());
        }

        private void updateInterest() {
            if (key != null && key.isValid()) {
                key.interestOps(accepting.getAsBoolean() ? SelectionKey.OP_ACCEPT : 0);
            }
        }

        @Override
        public Runnable onSelected() {
            try {
                acceptAll();
                updateInterest(); // What was accepted may have been the last for now.
            } catch (IOException | RuntimeException x) {
                LOG.warn("Accept failure, next try in {} ms", ACCEPT_RETRY_MILLIS, x);
                key.interestOps(0);
                scheduler.schedule(this::followRoom, ACCEPT_RETRY_MILLIS, TimeUnit.MILLISECONDS);
            }
            return null;
        }

        @Override
        public void updateKey() {}

        @Override
        public void replaceKey(SelectionKey newKey) {
            key = newKey;
        }

        /** Cancels between two selects, in the selector's thread: Jetty closes the channel of a key found cancelled. */
        private void end() {
            selector.submit(nio -> {
                if (key != null) {
                    key.cancel();
                }
            });
        }
    }
}
