package io.sluice.it.net;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A namespace for clients and one for servers, with a round-trip time and packet loss between them. */
public final class DistantNetworks implements AutoCloseable {
    private static final String CLIENT = "10.77.1.1";
    private static final String SERVER = "10.77.1.2";
    private static final String DEVICE = "tun0";
    private static final long SEED = 20_261_122;

    private final Deque<Runnable> closers = new ArrayDeque<>();
    private final NetworkNamespace clients;
    private final NetworkNamespace servers;

    /**
     * Makes both.
     *
     * @param roundTrip there and back
     * @param lossRate how many of the packets are lost in each direction, 0 to 1
     */
    public DistantNetworks(Duration roundTrip, double lossRate) throws Exception {
        try {
            clients = opened(NetworkNamespace.create(), NetworkNamespace::close);
            servers = opened(NetworkNamespace.create(), NetworkNamespace::close);
            TunDevice clientSide = opened(TunDevice.create(clients, DEVICE, CLIENT + "/30"), TunDevice::close);
            TunDevice serverSide = opened(TunDevice.create(servers, DEVICE, SERVER + "/30"), TunDevice::close);
            Duration delay = roundTrip.dividedBy(2);
            opened(new Line(clientSide, serverSide, delay, lossRate, SEED), Line::close);
            opened(new Line(serverSide, clientSide, delay, lossRate, SEED + 1), Line::close);
        } catch (Exception | Error x) {
            close();
            throw x;
        }
    }

    private <T> T opened(T part, Consumer<T> close) {
        closers.push(() -> close.accept(part));
        return part;
    }

    /** Where clients are. */
    public NetworkNamespace clients() {
        return clients;
    }

    /** Where servers are. */
    public NetworkNamespace servers() {
        return servers;
    }

    /** How many SYNs of clients had no answer in time, so far. */
    public int synsSentAgain() throws IOException, InterruptedException {
        Requirement.program("nstat", "iproute2");
        String counter = clients.run("nstat", "-asz", "TcpExtTCPSynRetrans");
        Matcher value = Pattern.compile("TcpExtTCPSynRetrans\\s+(\\d+)").matcher(counter);
        if (!value.find()) {
            throw new IOException("no counter in " + counter);
        }
        return Integer.parseInt(value.group(1));
    }

    /** Servers on this port, as the clients see them. */
    public static InetSocketAddress address(int port) {
        return new InetSocketAddress(SERVER, port);
    }

    /** Closes everything, in the reverse order, whether or not some of it fails. */
    @Override
    public void close() {
        try {
            if (!closers.isEmpty()) {
                closers.pop().run();
            }
        } finally {
            if (!closers.isEmpty()) {
                close();
            }
        }
    }
}
