package io.sluice;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
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
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class ListeningSocketTest {
    private ServerSocketChannel channel;
    private final List<SocketChannel> clients = new ArrayList<>();

    @BeforeEach
    void listen() throws IOException {
        channel = ServerSocketChannel.open().bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    }

    @AfterEach
    void close() throws IOException {
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
        ListeningSocket socket = socket(connection -> {
            handingOver.countDown();
            awaitUninterrupted(goOn);
            connection.close();
        });
        CompletableFuture<Void> acceptor = acceptor(socket);
        connect();
        handingOver.await();

        CompletableFuture<Void> stop = CompletableFuture.runAsync(socket::stopAcceptors);
        assertThrows(
                TimeoutException.class,
                () -> stop.get(100, TimeUnit.MILLISECONDS),
                "stopped in the middle of a hand-over");
        goOn.countDown();

        stop.get(5, TimeUnit.SECONDS);
        socket.close();
        assertInstanceOfClose(acceptor);
    }

    /** From the stop on, only the drain accepts; the acceptor waits for the close, which ends it. */
    @Test
    void onlyTheDrainAcceptsAfterTheStop() throws Exception {
        List<SocketChannel> accepted = new ArrayList<>();
        ListeningSocket socket = socket(accepted::add);
        CompletableFuture<Void> acceptor = acceptor(socket);
        socket.stopAcceptors();
        connect();

        assertThrows(TimeoutException.class, () -> acceptor.get(100, TimeUnit.MILLISECONDS));
        assertEquals(0, accepted.size());
        assertTrue(socket.acceptOne());
        assertFalse(socket.acceptOne());
        assertEquals(0, socket.handOverKept(true));
        assertEquals(1, accepted.size());

        socket.close();
        assertInstanceOfClose(acceptor);
        accepted.get(0).close();
    }

    /** No selector holds the channel after the stop, because NIO would put the kernel's close off until it lets go. */
    @Test
    void theKernelClosesAtOnce() throws Exception {
        ListeningSocket socket = socket(SocketChannel::close);
        CompletableFuture<Void> acceptor = acceptor(socket);
        await().until(channel::isRegistered);

        socket.stopAcceptors();

        assertFalse(channel.isRegistered());
        InetSocketAddress address = (InetSocketAddress) channel.getLocalAddress();
        socket.close();
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
        ListeningSocket socket = new ListeningSocket(
                channel, 1, kernel, accepted::add, () -> true, patient -> true, new ScheduledExecutorScheduler());

        assertTrue(socket.acceptOne());
        assertFalse(socket.acceptOne());
        socket.handOverKept(true);

        assertEquals(1, accepted.size());
        assertEquals(client.getLocalAddress(), accepted.get(0).getRemoteAddress());
        accepted.get(0).close();
        socket.close();
    }

    /** What the drain takes from the kernel it keeps until there is room, in its order. */
    @Test
    void connectionsWithoutRoomAreKept() throws Exception {
        List<SocketChannel> served = new ArrayList<>();
        AtomicInteger room = new AtomicInteger(1);
        ListeningSocket socket = socket(
                connection -> {
                    served.add(connection);
                    room.decrementAndGet();
                },
                patient -> room.get() > 0);
        for (int i = 0; i < 4; i++) {
            connect();
        }

        assertTrue(socket.acceptOne() && socket.acceptOne() && socket.acceptOne() && socket.acceptOne());

        assertEquals(0, served.size());
        assertEquals(3, socket.handOverKept(true));
        assertEquals(1, served.size());
        room.set(2);
        assertEquals(1, socket.handOverKept(true));
        for (int i = 0; i < 3; i++) {
            assertEquals(clients.get(i).getLocalAddress(), served.get(i).getRemoteAddress());
        }

        socket.close();
        assertEquals(1, socket.closeKept());
        assertEquals(0, socket.handOverKept(false));
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
        ListeningSocket socket = socket(served::add, patient -> room.get() > 0);
        connect();
        assertTrue(socket.acceptOne());
        assertEquals(1, socket.handOverKept(true));
        room.set(1);
        connect();
        assertTrue(socket.acceptOne());
        assertEquals(0, socket.handOverKept(true));

        assertEquals(2, served.size());
        assertEquals(clients.get(0).getLocalAddress(), served.get(0).getRemoteAddress());
        for (SocketChannel connection : served) {
            connection.close();
        }
        socket.close();
    }

    /** A connection that cannot be handed over is closed, not leaked, and counted. */
    @Test
    void aFailedHandOverClosesTheConnection() throws Exception {
        ListeningSocket socket = socket(connection -> {
            throw new IOException("no");
        });
        SocketChannel client = connect();

        assertTrue(socket.acceptOne());
        assertEquals(0, socket.handOverKept(true));

        assertEquals(1, socket.closeKept());
        client.socket().setSoTimeout(5000);
        assertEquals(-1, client.socket().getInputStream().read());
        socket.close();
    }

    private ListeningSocket socket(ListeningSocket.HandOver handOver) throws IOException {
        return socket(handOver, patient -> true);
    }

    private ListeningSocket socket(ListeningSocket.HandOver handOver, ListeningSocket.Room room) throws IOException {
        return new ListeningSocket(
                channel, 1, KernelListener.NONE, handOver, () -> true, room, new ScheduledExecutorScheduler());
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
    private static CompletableFuture<Void> acceptor(ListeningSocket socket) {
        CompletableFuture<Void> end = new CompletableFuture<>();
        Thread thread = new Thread(() -> {
            try {
                while (true) {
                    socket.awaitAndAccept(0);
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
