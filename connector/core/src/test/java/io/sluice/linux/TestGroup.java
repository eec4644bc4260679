package io.sluice.linux;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.ProtocolFamily;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.eclipse.jetty.util.IO;

/** Listeners of this JVM that share one address and port, and their clients. Members do not block. */
final class TestGroup implements AutoCloseable {
    private static final int BACKLOG = 1024;

    /** What the listeners are bound to, and where their clients connect, in turn. */
    enum Bound {
        IPV4_LOOPBACK(StandardProtocolFamily.INET, "127.0.0.1", "127.0.0.1"),
        IPV4_WILDCARD(StandardProtocolFamily.INET, "0.0.0.0", "127.0.0.1"),
        IPV4_MAPPED(StandardProtocolFamily.INET6, "127.0.0.1", "127.0.0.1"),
        IPV6_LOOPBACK(StandardProtocolFamily.INET6, "::1", "::1"),
        DUAL_STACK(StandardProtocolFamily.INET6, "::", "127.0.0.1", "::1");

        private final ProtocolFamily family;
        private final String address;
        private final List<String> targets;

        Bound(ProtocolFamily family, String address, String... targets) {
            this.family = family;
            this.address = address;
            this.targets = List.of(targets);
        }

        List<String> targets() {
            return targets;
        }

        ServerSocketChannel listen(int port) throws IOException {
            return TestGroup.listen(family, new InetSocketAddress(address, port));
        }
    }

    private final List<ServerSocketChannel> members = new ArrayList<>();
    private final List<SocketChannel> clients = new ArrayList<>();
    private final Bound bound;
    private final int port;

    TestGroup(Bound bound, int size) throws IOException {
        this.bound = bound;
        members.add(bound.listen(0));
        port = ((InetSocketAddress) members.get(0).getLocalAddress()).getPort();
        while (members.size() < size) {
            join();
        }
    }

    static ServerSocketChannel listen(ProtocolFamily family, InetSocketAddress address) throws IOException {
        ServerSocketChannel channel = ServerSocketChannel.open(family);
        channel.setOption(StandardSocketOptions.SO_REUSEPORT, true).configureBlocking(false);
        return channel.bind(address, BACKLOG);
    }

    int port() {
        return port;
    }

    /** As the kernel numbers it. */
    int family() {
        return bound.family == StandardProtocolFamily.INET ? Libc.AF_INET : Libc.AF_INET6;
    }

    int size() {
        return members.size();
    }

    ServerSocketChannel member(int member) {
        return members.get(member);
    }

    int indexOf(ServerSocketChannel channel) {
        return members.indexOf(channel);
    }

    ServerSocketChannel join() throws IOException {
        ServerSocketChannel channel = bound.listen(port);
        members.add(channel);
        return channel;
    }

    /** Closes a member as a crash would. */
    void leave(int member) throws IOException {
        members.remove(member).close();
    }

    void leave(ServerSocketChannel channel) throws IOException {
        leave(indexOf(channel));
    }

    /** Fresh connections, as many to each address as to the others. */
    void connect(int count) throws IOException {
        for (int i = 0; i < count; i++) {
            connect(bound.targets.get(i % bound.targets.size()));
        }
    }

    SocketChannel connect(String target) throws IOException {
        SocketChannel client = newClient();
        client.connect(new InetSocketAddress(target, port));
        return client;
    }

    /** Begins to connect. */
    SocketChannel tryToConnect(String target) throws IOException {
        SocketChannel client = newClient();
        client.configureBlocking(false);
        client.connect(new InetSocketAddress(target, port));
        return client;
    }

    private SocketChannel newClient() throws IOException {
        SocketChannel client = SocketChannel.open();
        clients.add(client);
        return client.setOption(StandardSocketOptions.SO_LINGER, 0); // No TIME_WAIT at the end of each test.
    }

    /** As {@link #accept(int, Visitor)}, closing each connection. */
    int[] accept(int expected) {
        return accept(expected, (member, connection) -> IO.close(connection));
    }

    /** Accepts until that many connections have arrived, and tells how many at each member. */
    int[] accept(int expected, Visitor visitor) {
        int[] arrived = new int[members.size()];
        await().pollDelay(Duration.ZERO).pollInterval(Duration.ofMillis(2)).until(() -> {
            for (int member = 0; member < arrived.length; member++) {
                arrived[member] += acceptAll(member, visitor);
            }
            return IntStream.of(arrived).sum() >= expected;
        });
        return arrived;
    }

    private int acceptAll(int member, Visitor visitor) throws IOException {
        int accepted = 0;
        for (SocketChannel next; (next = members.get(member).accept()) != null; accepted++) {
            visitor.accepted(member, next);
        }
        return accepted;
    }

    @Override
    public void close() {
        try {
            for (SocketChannel client : clients) {
                client.close();
            }
            for (ServerSocketChannel member : members) {
                member.close();
            }
        } catch (IOException x) {
            throw new UncheckedIOException(x);
        }
    }

    /** Told of each accepted connection, which it has to close. */
    interface Visitor {
        void accepted(int member, SocketChannel connection) throws IOException;
    }
}
