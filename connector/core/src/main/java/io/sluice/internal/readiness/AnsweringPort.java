package io.sluice.internal.readiness;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.eclipse.jetty.util.IO;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A port that gives the same HTTP answer to each request, in one thread. Whatever its clients do, it takes no more than that
 * thread, {@value #MOST_CONNECTIONS} connections of a few KiB, and {@value #LONGEST_MILLIS} ms for each of them: one that
 * has not asked by then, or in whose place another one comes, is closed. The oldest goes first.
 */
public final class AnsweringPort implements Closeable {
    static final int MOST_CONNECTIONS = 64;
    static final long LONGEST_MILLIS = 2000;

    private static final Logger LOG = LoggerFactory.getLogger(AnsweringPort.class);
    private static final int BACKLOG = 256;
    private static final int ACCEPTS_AT_ONCE = 16;
    private static final long PAUSE_MILLIS = 50;
    private static final long CLOSE_MILLIS = 1000;

    private final ServerSocketChannel listener;
    private final Selector selector;
    private final Thread thread;
    private final Supplier<Answer> answer;
    private final Deque<Client> clients = new ArrayDeque<>(); // The oldest first; used by the thread only.
    private final ByteBuffer buffer = ByteBuffer.allocate(2048); // Used by the thread only.
    private volatile boolean closed;

    /**
     * What the port answers.
     *
     * @param status 200 or 503
     * @param body in US-ASCII
     */
    public record Answer(int status, String body) {}

    /**
     * Opens the port.
     *
     * @param address where to listen
     * @param answer is asked for the answer to each request; must not block
     * @throws IOException if it cannot be opened
     */
    public AnsweringPort(InetSocketAddress address, Supplier<Answer> answer) throws IOException {
        this.answer = answer;
        this.listener = ServerSocketChannel.open();
        try {
            listener.configureBlocking(false);
            listener.socket().bind(address, BACKLOG);
            selector = Selector.open();
            listener.register(selector, SelectionKey.OP_ACCEPT);
        } catch (IOException | RuntimeException x) {
            IO.close(listener);
            throw x;
        }
        thread = new Thread(this::run, "sluice-readiness");
        thread.setDaemon(true);
        thread.start();
    }

    /**
     * Gives the port.
     *
     * @return the port that is open
     */
    public int port() {
        return listener.socket().getLocalPort();
    }

    /** Closes the port and all connections to it; waits until the kernel has closed it. */
    @Override
    public void close() {
        closed = true;
        selector.wakeup();
        try {
            thread.join(CLOSE_MILLIS);
        } catch (InterruptedException x) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        try {
            while (!closed) {
                selector.select(clients.isEmpty() ? 0 : LONGEST_MILLIS / 8);
                for (SelectionKey key : selector.selectedKeys()) { // Those who ask, before more can take their place.
                    if (key.attachment() instanceof Client client) {
                        client.goOn();
                    }
                }
                selector.selectedKeys().clear();
                accept();
                closeOverdue();
            }
        } catch (IOException x) {
            LOG.warn("The readiness port {} is closed", port(), x);
        } finally {
            IO.close(listener);
            clients.forEach(Client::close);
            IO.close(selector); // NIO closes in the kernel what was registered with it.
        }
    }

    private void accept() {
        try {
            SocketChannel accepted;
            for (int i = 0; i < ACCEPTS_AT_ONCE && (accepted = listener.accept()) != null; i++) {
                if (clients.size() == MOST_CONNECTIONS) {
                    clients.remove().close();
                }
                take(accepted);
            }
        } catch (IOException x) {
            LOG.debug("Accept failed", x); // As where no descriptor is left: it would fail again at once.
            if (clients.isEmpty()) {
                pause();
            } else {
                clients.remove().close();
            }
        }
    }

    private void take(SocketChannel accepted) {
        try {
            accepted.configureBlocking(false);
            Client client = new Client(accepted);
            client.goOn(); // Most have asked already.
            if (accepted.isOpen()) {
                clients.add(client);
            }
        } catch (IOException x) {
            LOG.debug("A client has gone", x);
            IO.close(accepted);
        }
    }

    private static void pause() {
        try {
            TimeUnit.MILLISECONDS.sleep(PAUSE_MILLIS);
        } catch (InterruptedException x) {
            LOG.trace("Nobody interrupts it", x);
        }
    }

    private void closeOverdue() {
        long now = System.nanoTime();
        clients.removeIf(client -> !client.channel.isOpen());
        while (!clients.isEmpty() && now - clients.element().end > 0) {
            clients.remove().close();
        }
    }

    /** One connection, which is answered once. */
    private final class Client {
        private final long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(LONGEST_MILLIS);
        private final SocketChannel channel;
        private final SelectionKey key;
        private final Question question = new Question();
        private ByteBuffer response; // Null until it is asked for.

        private Client(SocketChannel channel) throws IOException {
            this.channel = channel;
            this.key = channel.register(selector, SelectionKey.OP_READ, this);
        }

        private void goOn() {
            try {
                if (response == null || !response.hasRemaining()) {
                    read();
                }
                if (response != null && response.hasRemaining()) {
                    write();
                }
            } catch (IOException | RuntimeException x) {
                LOG.debug("A client is not answered", x);
                close();
            }
        }

        /** At most one buffer in a turn. What comes behind the question is thrown away. */
        private void read() throws IOException {
            int length = channel.read(buffer.clear());
            if (length < 0) {
                close();
            } else if (response == null && question.read(buffer.flip()) != Question.State.INCOMPLETE) {
                Answer now = answer.get();
                response = question.response(now.status(), now.body());
            }
        }

        /** Leaves the close to the client: with bytes unread it would be a reset, which may overtake the answer. */
        private void write() throws IOException {
            channel.write(response);
            if (response.hasRemaining()) {
                key.interestOps(SelectionKey.OP_WRITE);
            } else {
                channel.shutdownOutput();
                key.interestOps(SelectionKey.OP_READ);
            }
        }

        private void close() {
            IO.close(channel);
        }
    }
}
