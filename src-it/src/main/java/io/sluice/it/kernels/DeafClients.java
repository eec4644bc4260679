package io.sluice.it.kernels;

import com.sun.jna.LastErrorException;
import io.sluice.examples.rolling.Outcome;
import io.sluice.examples.rolling.Outcomes;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;

/**
 * Clients that do not hear the SYN-ACK until they are told to: their handshakes are half-open at the server. It needs no
 * packet filter and no privilege: their own sockets take no packet with a TTL below 255, and no packet here has that.
 *
 * <p>Whoever has heard nothing begins again, so a listener that is closed too early costs these clients nothing where there
 * is another. What they show is what becomes of handshakes that end behind the gate.
 */
final class DeafClients implements AutoCloseable {
    private static final Path DESCRIPTORS = Path.of("/proc/self/fd");
    private static final int HIGHEST_TTL = 255;
    private static final Duration HALF_OPEN_LIMIT = Duration.ofSeconds(10);
    private static final byte[] REQUEST =
            "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    private final List<SocketChannel> channels = new ArrayList<>();
    private final List<Integer> descriptors = new ArrayList<>();
    private final List<FutureTask<Outcome>> requests = new ArrayList<>();

    private DeafClients() {}

    /** Lets clients connect to a port of loopback, and waits until each has a half-open handshake there. */
    static DeafClients connect(int port, int count) throws IOException, InterruptedException {
        DeafClients clients = new DeafClients();
        try {
            InetSocketAddress loopback = new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0);
            for (int i = 0; i < count; i++) {
                SocketChannel channel = SocketChannel.open(StandardProtocolFamily.INET);
                clients.channels.add(channel);
                channel.bind(loopback);
            }
            Map<Integer, Integer> byPort = descriptorsByPort();
            for (SocketChannel channel : clients.channels) {
                int own = ((InetSocketAddress) channel.getLocalAddress()).getPort();
                clients.descriptors.add(byPort.get(own));
            }
            clients.hear(HIGHEST_TTL);
            InetSocketAddress server = new InetSocketAddress(loopback.getAddress(), port);
            for (SocketChannel channel : clients.channels) {
                FutureTask<Outcome> request = new FutureTask<>(() -> request(channel, server));
                clients.requests.add(request);
                Thread thread = new Thread(request, "deaf-client");
                thread.setDaemon(true);
                thread.start();
            }
            awaitHalfOpen(port, count);
            return clients;
        } catch (IOException | InterruptedException | RuntimeException x) {
            clients.close();
            throw x;
        }
    }

    private static Map<Integer, Integer> descriptorsByPort() throws IOException {
        Map<Integer, Integer> descriptors = new HashMap<>();
        try (DirectoryStream<Path> links = Files.newDirectoryStream(DESCRIPTORS)) {
            for (Path link : links) {
                int descriptor = Integer.parseInt(DESCRIPTORS.relativize(link).toString());
                byte[] name = new byte[128]; // struct sockaddr_storage; the port is its second half-word.
                try {
                    Libc.getsockname(descriptor, name, new int[] {name.length});
                    descriptors.put(ByteBuffer.wrap(name).getShort(2) & 0xffff, descriptor);
                } catch (LastErrorException x) {
                    // No socket, or gone.
                }
            }
        }
        return descriptors;
    }

    private static Outcome request(SocketChannel channel, InetSocketAddress server) {
        try {
            channel.connect(server);
            ByteBuffer request = ByteBuffer.wrap(REQUEST);
            while (request.hasRemaining()) {
                channel.write(request);
            }
            ByteArrayOutputStream answer = new ByteArrayOutputStream();
            Channels.newInputStream(channel).transferTo(answer);
            String text = answer.toString(StandardCharsets.US_ASCII);
            if (text.isEmpty()) {
                return Outcome.RESET;
            }
            return text.startsWith("HTTP/1.1 200 ")
                    ? Outcome.OK
                    : text.startsWith("HTTP/1.1 503 ") ? Outcome.UNAVAILABLE : Outcome.OTHER;
        } catch (ConnectException x) {
            return Outcome.REFUSED;
        } catch (IOException x) {
            return Outcome.RESET;
        }
    }

    private static void awaitHalfOpen(int port, int count) throws IOException, InterruptedException {
        // Addresses and ports, and the state SYN_RECV.
        Pattern halfOpen = Pattern.compile("^ *\\d+: [0-9A-F]+:%04X [0-9A-F:]+ 03 .*".formatted(port));
        long end = System.nanoTime() + HALF_OPEN_LIMIT.toNanos();
        long now = -1;
        while (now != count) {
            if (System.nanoTime() > end) {
                throw new IOException("%d half-open handshakes instead of %d".formatted(now, count));
            }
            TimeUnit.MILLISECONDS.sleep(10);
            now = 0;
            for (String table : List.of("tcp", "tcp6")) {
                now += Files.readAllLines(Path.of("/proc/self/net", table)).stream()
                        .filter(row -> halfOpen.matcher(row).matches())
                        .count();
            }
        }
    }

    /** From now on they hear what comes: the SYN-ACK, when the server sends it again. */
    void hear() {
        hear(0);
    }

    private void hear(int minimumTtl) {
        for (int descriptor : descriptors) {
            SocketOptions.set(descriptor, Libc.IPPROTO_IP, Libc.IP_MINTTL, minimumTtl);
        }
    }

    /** Waits for all answers. */
    Outcomes outcomes(Duration limit) throws InterruptedException {
        long end = System.nanoTime() + limit.toNanos();
        List<Outcome> outcomes = new ArrayList<>();
        for (FutureTask<Outcome> request : requests) {
            try {
                outcomes.add(request.get(end - System.nanoTime(), TimeUnit.NANOSECONDS));
            } catch (TimeoutException x) {
                outcomes.add(Outcome.TIMEOUT);
            } catch (ExecutionException x) {
                throw new IllegalStateException("a client failed instead of reporting an outcome", x.getCause());
            }
        }
        return Outcomes.of(outcomes);
    }

    @Override
    public void close() throws IOException {
        for (SocketChannel channel : channels) {
            channel.close();
        }
    }
}
