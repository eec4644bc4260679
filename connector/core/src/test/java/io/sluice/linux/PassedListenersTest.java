package io.sluice.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.CapturedLog;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Listeners in a row of descriptors, as a service manager passes them. */
@Timeout(60)
@EnabledOnOs(OS.LINUX)
class PassedListenersTest {
    private static final long PID = 42;

    private final List<ServerSocketChannel> originals = new ArrayList<>();
    private final List<Descriptor> row = new ArrayList<>();
    private final int lowest = OpenSockets.highestDescriptor() + 100; // Others get lower numbers.
    private final Map<String, String> environment = new HashMap<>(Map.of("LISTEN_PID", Long.toString(PID)));

    @AfterEach
    void close() throws IOException {
        row.forEach(Descriptor::close);
        for (ServerSocketChannel original : originals) {
            original.close();
        }
    }

    /** Clients come to the one that was passed, and the channel works with a selector. */
    @Test
    void itIsAcceptedFrom() throws Exception {
        InetSocketAddress address = pass("127.0.0.1");

        try (ServerSocketChannel channel = take(null, address);
                Selector selector = Selector.open();
                Socket client = new Socket(address.getAddress(), address.getPort())) {
            assertEquals(address, AdoptedChannels.addressOf(channel));
            channel.configureBlocking(false);
            channel.register(selector, SelectionKey.OP_ACCEPT);
            assertEquals(1, selector.select(5000));
            try (SocketChannel accepted = channel.accept()) {
                assertEquals(client.getLocalSocketAddress(), accepted.getRemoteAddress());
                assertEquals(address, accepted.getLocalAddress());
            }
        }
        try (Socket client = new Socket(address.getAddress(), address.getPort())) {
            assertTrue(client.isConnected(), "the original is still open");
        }
    }

    @Test
    void theNameComesFirst() throws Exception {
        InetSocketAddress first = pass("127.0.0.1");
        InetSocketAddress second = pass("127.0.0.1");
        environment.put("LISTEN_FDNAMES", "http:admin");
        PassedListeners listeners = listeners();

        try (ServerSocketChannel admin = listeners.take("admin", first).orElseThrow();
                ServerSocketChannel other = listeners.take(null, first).orElseThrow()) {
            assertTrue(admin.isOpen() && other.isOpen());
            assertFalse(listeners.take("admin", second).isPresent(), "each is given once");
        }
    }

    @Test
    void thenTheAddress() throws Exception {
        pass("127.0.0.1");
        InetSocketAddress wildcard = pass("0.0.0.0");
        PassedListeners listeners = listeners();

        ServerSocketChannel passed = listeners
                .take("none", new InetSocketAddress(wildcard.getPort()))
                .orElseThrow();

        assertEquals(wildcard.getPort(), AdoptedChannels.addressOf(passed).getPort());
        passed.close();
    }

    /** As with descriptor 0, which is taken wherever it listens. */
    @Test
    void theOnlyOneFitsAnyway() throws Exception {
        InetSocketAddress address = pass("127.0.0.1");

        assertEquals(address, AdoptedChannels.addressOf(take(null, new InetSocketAddress(1))));
    }

    @Test
    void oneOfSeveralMustFit() throws Exception {
        pass("127.0.0.1");
        pass("127.0.0.1");

        try (CapturedLog log = new CapturedLog()) {
            assertFalse(listeners().take("none", new InetSocketAddress(1)).isPresent());

            assertWarned(log, "None of the 2 listeners that were passed is for ");
        }
    }

    /** A file, a socket that does not listen, a listener of another family. */
    @Test
    void whatIsNoTcpListenerIsPassedOver() throws Exception {
        row.add(new Descriptor(Libc.fcntl(0, Libc.F_DUPFD_CLOEXEC, lowest)));
        Descriptor plain = Descriptor.tcp(Libc.AF_INET);
        Descriptor unix = Descriptor.placeholder();
        for (Descriptor each : List.of(plain, unix)) {
            row.add(new Descriptor(Libc.fcntl(each.fd(), Libc.F_DUPFD_CLOEXEC, lowest)));
            each.close();
        }
        InetSocketAddress address = pass("127.0.0.1");

        assertEquals(address, AdoptedChannels.addressOf(take(null, address)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "two", "-1", "1025", "99999999999"})
    void aNumberThatMakesNoSenseIsTold(String count) throws Exception {
        InetSocketAddress address = pass("127.0.0.1");
        environment.put("LISTEN_FDS", count);

        try (CapturedLog log = new CapturedLog()) {
            assertFalse(PassedListeners.of(environment, PID, row.get(0).fd())
                    .take(null, address)
                    .isPresent());

            assertWarned(log, "LISTEN_FDS is '" + count + "'; allowed is 0 to 1024");
        }
    }

    @Test
    void anotherProcessesAreNotOurs() throws Exception {
        InetSocketAddress address = pass("127.0.0.1");
        environment.put("LISTEN_PID", "43");

        assertFalse(listeners().take(null, address).isPresent());
    }

    private static void assertWarned(CapturedLog log, String phrase) {
        assertTrue(log.alarms().stream().anyMatch(line -> line.contains(phrase)), () -> log.alarms()
                .toString());
    }

    /** Gives the descriptor that comes next in the row. */
    private InetSocketAddress pass(String host) throws IOException {
        ServerSocketChannel original =
                ServerSocketChannel.open().bind(new InetSocketAddress(InetAddress.getByName(host), 0));
        originals.add(original);
        row.add(new Descriptor(Libc.fcntl(Descriptor.of(original).fd(), Libc.F_DUPFD_CLOEXEC, lowest)));
        return (InetSocketAddress) original.getLocalAddress();
    }

    private PassedListeners listeners() {
        environment.put("LISTEN_FDS", Integer.toString(row.size()));
        return PassedListeners.of(environment, PID, row.get(0).fd());
    }

    private ServerSocketChannel take(String name, InetSocketAddress wanted) throws IOException {
        ServerSocketChannel passed = listeners().take(name, wanted).orElseThrow();
        originals.add(passed);
        return passed;
    }
}
