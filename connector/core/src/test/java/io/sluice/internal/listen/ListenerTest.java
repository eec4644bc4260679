package io.sluice.internal.listen;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.linux.KernelListener;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.eclipse.jetty.util.thread.ScheduledExecutorScheduler;
import org.eclipse.jetty.util.thread.Scheduler;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class ListenerTest {
    private ServerSocketChannel channel;
    private final List<SocketChannel> clients = new ArrayList<>();
    private final Scheduler scheduler = new ScheduledExecutorScheduler();

    @BeforeEach
    void listen() throws Exception {
        scheduler.start();
        channel = ServerSocketChannel.open().bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    }

    @AfterEach
    void close() throws Exception {
        scheduler.stop();
        for (SocketChannel client : clients) {
            client.close();
        }
        channel.close();
    }

    /** A connection between its accept and its hand-over is seen by nobody: the drain waits for the acceptor to end it. */
    @Test
    void stoppingWaitsForAHandOver() throws Exception {
        CountDownLatch handingOver = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        Listener listener = listener(connection -> {
            handingOver.countDown();
            awaitUninterrupted(goOn);
            connection.close();
        });
        CompletableFuture<Void> acceptor = acceptor(listener);
        connect();
        handingOver.await();

        CompletableFuture<Void> stop = CompletableFuture.runAsync(listener::stopAcceptors);
        assertThrows(
                TimeoutException.class,
                () -> stop.get(100, TimeUnit.MILLISECONDS),
                "stopped in the middle of a hand-over");
        goOn.countDown();

        stop.get(5, TimeUnit.SECONDS);
        listener.close();
        assertInstanceOfClose(acceptor);
    }

    /** From the stop on, only the drain accepts; the acceptor waits for the close, which ends it. */
    @Test
    void onlyTheDrainAcceptsAfterTheStop() throws Exception {
        List<SocketChannel> accepted = new ArrayList<>();
        Listener listener = listener(accepted::add);
        CompletableFuture<Void> acceptor = acceptor(listener);
        listener.stopAcceptors();
        connect();

        assertThrows(TimeoutException.class, () -> acceptor.get(100, TimeUnit.MILLISECONDS));
        assertEquals(0, accepted.size());
        assertTrue(listener.acceptOne());
        assertFalse(listener.acceptOne());
        assertEquals(0, listener.handOverKept(true));
        assertEquals(1, accepted.size());

        listener.close();
        assertInstanceOfClose(acceptor);
        accepted.get(0).close();
    }

    /** No selector holds the channel after the stop, because NIO would put the kernel's close off until it lets go. */
    @Test
    void theKernelClosesAtOnce() throws Exception {
        Listener listener = listener(SocketChannel::close);
        CompletableFuture<Void> acceptor = acceptor(listener);
        await().until(channel::isRegistered);

        listener.stopAcceptors();

        assertFalse(channel.isRegistered());
        InetSocketAddress address = (InetSocketAddress) channel.getLocalAddress();
        listener.close();
        assertThrows(ConnectException.class, () -> SocketChannel.open(address).close());
        assertInstanceOfClose(acceptor);
    }

    /** A probe of our own is closed, and neither served nor counted; whoever is behind it in the queue is. */
    @Test
    void aProbeIsNotServed() throws Exception {
        List<SocketChannel> accepted = new ArrayList<>();
        SocketChannel probe = connect();
        SocketChannel client = connect();
        KernelListener kernel = new KernelListener() {
            @Override
            public boolean isProbe(SocketAddress address) {
                return address.equals(localAddress(probe));
            }
        };
        Listener listener = new Listener(channel, kernel, 1, accepted::add, () -> true, mayWait -> true, scheduler);

        assertTrue(listener.acceptOne());
        assertFalse(listener.acceptOne());
        listener.handOverKept(true);

        assertEquals(1, accepted.size());
        assertEquals(client.getLocalAddress(), accepted.get(0).getRemoteAddress());
        accepted.get(0).close();
        listener.close();
    }

    /** What watches the handshakes holds a descriptor, as long as there are any to watch. */
    @Test
    void theKernelsSideIsClosedWithTheListener() throws Exception {
        AtomicInteger closed = new AtomicInteger();
        KernelListener kernel = new KernelListener() {
            @Override
            public void close() {
                assertFalse(channel.isOpen());
                closed.incrementAndGet();
            }
        };

        new Listener(channel, kernel, 1, SocketChannel::close, () -> true, mayWait -> true, scheduler).close();

        assertEquals(1, closed.get());
    }

    /** What the drain takes from the kernel it keeps until there is room, in its order. */
    @Test
    void connectionsWithoutRoomAreKept() throws Exception {
        List<SocketChannel> served = new ArrayList<>();
        AtomicInteger room = new AtomicInteger(1);
        Listener listener = listener(
                connection -> {
                    served.add(connection);
                    room.decrementAndGet();
                },
                room(room));
        for (int i = 0; i < 4; i++) {
            connect();
        }

        assertTrue(listener.acceptOne() && listener.acceptOne() && listener.acceptOne() && listener.acceptOne());

        assertEquals(0, served.size());
        assertEquals(3, listener.handOverKept(true));
        assertEquals(1, served.size());
        room.set(2);
        assertEquals(1, listener.handOverKept(true));
        for (int i = 0; i < 3; i++) {
            assertEquals(clients.get(i).getLocalAddress(), served.get(i).getRemoteAddress());
        }

        listener.close();
        assertEquals(1, listener.closeUnserved());
        assertEquals(0, listener.handOverKept(false));
        clients.get(3).socket().setSoTimeout(5000);
        assertEquals(-1, clients.get(3).socket().getInputStream().read());
        for (SocketChannel connection : served) {
            connection.close();
        }
    }

    /** Whoever comes when others are kept waits behind them, even if there is room by then. */
    @Test
    void nobodyOvertakesTheKept() throws Exception {
        List<SocketChannel> served = new ArrayList<>();
        AtomicInteger room = new AtomicInteger();
        Listener listener = listener(served::add, room(room));
        connect();
        assertTrue(listener.acceptOne());
        assertEquals(1, listener.handOverKept(true));
        room.set(1);
        connect();
        assertTrue(listener.acceptOne());
        assertEquals(0, listener.handOverKept(true));

        assertEquals(2, served.size());
        assertEquals(clients.get(0).getLocalAddress(), served.get(0).getRemoteAddress());
        for (SocketChannel connection : served) {
            connection.close();
        }
        listener.close();
    }

    /** A connection that cannot be handed over is closed, not leaked, and counted. */
    @Test
    void aFailedHandOverClosesTheConnection() throws Exception {
        Listener listener = listener(connection -> {
            throw new IOException("no");
        });
        SocketChannel client = connect();

        assertTrue(listener.acceptOne());
        assertEquals(0, listener.handOverKept(true));

        assertEquals(1, listener.closeUnserved());
        client.socket().setSoTimeout(5000);
        assertEquals(-1, client.socket().getInputStream().read());
        listener.close();
    }

    /** Nobody connects to a listener whose accepts do not block. */
    @Test
    void nobodyIsNudgedWithoutNeed() throws Exception {
        Listener listener = listener(SocketChannel::close);
        listener.stopAcceptors();
        assertFalse(listener.acceptOne());
        TimeUnit.MILLISECONDS.sleep(100); // Some looks.

        assertNull(channel.accept());
        listener.close();
    }

    private Listener listener(Listener.HandOver handOver) throws IOException {
        return listener(handOver, mayWait -> true);
    }

    private Listener listener(Listener.HandOver handOver, Listener.Room room) throws IOException {
        return new Listener(channel, KernelListener.NONE, 1, handOver, () -> true, room, scheduler);
    }

    /** Room for so many more, which the hand-over counts down. */
    private static Listener.Room room(AtomicInteger left) {
        return mayWait -> left.get() > 0;
    }

    private static SocketAddress localAddress(SocketChannel channel) {
        try {
            return channel.getLocalAddress();
        } catch (IOException x) {
            throw new UncheckedIOException(x);
        }
    }

    private SocketChannel connect() throws IOException {
        SocketChannel client = SocketChannel.open(channel.getLocalAddress());
        clients.add(client);
        return client;
    }

    /** An acceptor thread as Jetty runs it; the result is the exception that ends it. */
    private static CompletableFuture<Void> acceptor(Listener listener) {
        CompletableFuture<Void> end = new CompletableFuture<>();
        Thread thread = new Thread(() -> {
            try {
                while (true) {
                    listener.awaitAndAccept(0);
                }
            } catch (IOException | InterruptedException x) {
                end.completeExceptionally(x);
            }
        });
        thread.setDaemon(true);
        thread.start();
        return end;
    }

    private static void assertInstanceOfClose(CompletableFuture<Void> acceptor) {
        Throwable end = assertThrows(ExecutionException.class, () -> acceptor.get(5, TimeUnit.SECONDS))
                .getCause();
        assertEquals(AsynchronousCloseException.class, end.getClass());
    }

    private static void awaitUninterrupted(CountDownLatch latch) throws IOException {
        try {
            latch.await();
        } catch (InterruptedException x) {
            throw new IOException(x);
        }
    }
}
