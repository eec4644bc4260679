package io.sluice.it;

import io.sluice.examples.rolling.Outcome;
import io.sluice.examples.rolling.Outcomes;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.SocketFactory;

/**
 * A load of connections that are kept alive: each client sends its requests on one connection until an answer says
 * {@code Connection: close}, or it has sent as many as it wants to, and only then makes another. A connection that ends
 * at any other moment is a lost request, because the client had every reason to go on.
 */
public final class KeepAliveLoop implements AutoCloseable {
    private static final byte[] REQUEST =
            "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
    private static final Pattern LENGTH = Pattern.compile("content-length: (\\d{1,4})\r\n");
    private static final int MAX_HEADER_BYTES = 8192;

    private final SocketFactory sockets;
    private final int requestsPerConnection;
    private final List<Client> clients = new ArrayList<>();
    private final AtomicLong requests = new AtomicLong();
    private volatile boolean stopped;

    private KeepAliveLoop(SocketFactory sockets, int requestsPerConnection) {
        this.sockets = sockets;
        this.requestsPerConnection = requestsPerConnection;
    }

    /**
     * Starts the clients.
     *
     * @param pause between an answer and the next request
     * @param timeout for each connect and each read
     */
    public static KeepAliveLoop start(InetSocketAddress address, int clients, Duration pause, Duration timeout) {
        return start(SocketFactory.getDefault(), Integer.MAX_VALUE, address, clients, pause, timeout);
    }

    /**
     * Starts clients with other connections.
     *
     * @param sockets makes them, with TLS for instance
     * @param requestsPerConnection how many requests a client sends on each of them
     */
    static KeepAliveLoop start(
            SocketFactory sockets,
            int requestsPerConnection,
            InetSocketAddress address,
            int clients,
            Duration pause,
            Duration timeout) {
        KeepAliveLoop load = new KeepAliveLoop(sockets, requestsPerConnection);
        for (int i = 0; i < clients; i++) {
            Client client = load.new Client(address, pause, (int) timeout.toMillis());
            client.setDaemon(true);
            load.clients.add(client);
            client.start();
        }
        return load;
    }

    /** The requests so far. */
    public long requests() {
        return requests.get();
    }

    /** Ends the load; each client ends its request first. */
    public Result stop() throws InterruptedException {
        stopped = true;
        List<Outcome> outcomes = new ArrayList<>();
        int connections = 0;
        for (Client client : clients) {
            client.join();
            outcomes.addAll(client.outcomes);
            connections += client.connections;
        }
        return new Result(Outcomes.of(outcomes), connections);
    }

    @Override
    public void close() {
        stopped = true;
    }

    /** What became of the requests, and on how many connections they were sent. */
    public record Result(Outcomes outcomes, int connections) {}

    private final class Client extends Thread {
        private final InetSocketAddress address;
        private final Duration pause;
        private final int timeoutMillis;
        private final List<Outcome> outcomes = new ArrayList<>();
        private int connections;

        private Client(InetSocketAddress address, Duration pause, int timeoutMillis) {
            this.address = address;
            this.pause = pause;
            this.timeoutMillis = timeoutMillis;
        }

        @Override
        public void run() {
            while (!stopped) {
                connections++;
                try (Socket socket = sockets.createSocket()) {
                    socket.setSoTimeout(timeoutMillis);
                    socket.connect(address, timeoutMillis);
                    int left = requestsPerConnection;
                    while (!stopped && left > 0 && isKeptAfterRequest(socket)) {
                        TimeUnit.NANOSECONDS.sleep(pause.toNanos());
                        left--;
                    }
                } catch (ConnectException x) {
                    count(Outcome.REFUSED);
                } catch (SocketTimeoutException x) {
                    count(Outcome.TIMEOUT);
                } catch (IOException x) {
                    count(Outcome.RESET);
                } catch (InterruptedException x) {
                    return;
                }
            }
        }

        private boolean isKeptAfterRequest(Socket socket) throws IOException {
            socket.getOutputStream().write(REQUEST);
            DataInputStream in = new DataInputStream(socket.getInputStream());
            StringBuilder header = new StringBuilder();
            while (header.indexOf("\r\n\r\n") < 0) {
                if (header.length() == MAX_HEADER_BYTES) {
                    throw new IOException("no end of the header");
                }
                header.append((char) in.readUnsignedByte());
            }
            String lines = header.toString().toLowerCase(Locale.ROOT);
            Matcher length = LENGTH.matcher(lines);
            if (!length.find()) {
                throw new EOFException("no length in " + header);
            }
            in.readFully(new byte[Integer.parseInt(length.group(1))]);
            count(
                    lines.startsWith("http/1.1 200 ")
                            ? Outcome.OK
                            : lines.startsWith("http/1.1 503 ") ? Outcome.UNAVAILABLE : Outcome.OTHER);
            return !lines.contains("\r\nconnection: close\r\n");
        }

        private void count(Outcome outcome) {
            outcomes.add(outcome);
            requests.incrementAndGet();
        }
    }
}
