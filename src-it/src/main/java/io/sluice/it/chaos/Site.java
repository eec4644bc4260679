package io.sluice.it.chaos;

import io.sluice.examples.rolling.Outcomes;
import io.sluice.examples.rolling.WorkerProcess;
import io.sluice.it.net.DistantNetworks;
import io.sluice.it.net.NetworkNamespace;
import io.sluice.it.net.User;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Where one cell of the matrix happens: networks of its own, the workers in them, and what is found to be wrong. */
final class Site implements AutoCloseable {
    static final int PORT = 8080;

    /** A row of the kernel's table of TCP sockets: addresses and ports, the state LISTEN, five more columns, the inode. */
    private static final Pattern LISTENER =
            Pattern.compile("^ *\\d+: [0-9A-F]+:%04X [0-9A-F:]+ 0A(?: +\\S+){5} +(\\d+) ".formatted(PORT));

    private final Deque<AutoCloseable> closers = new ArrayDeque<>();
    private final Deque<WorkerProcess> serving = new ArrayDeque<>();
    private final List<String> violations = new CopyOnWriteArrayList<>();
    private final User user;
    private final Random random;
    private Outcomes outcomes = Outcomes.none(); // Guarded by this.
    private final AtomicInteger foreignMembers = new AtomicInteger();
    private Callable<Launch> launch;
    private NetworkNamespace servers;
    private NetworkNamespace clients;
    private InetSocketAddress address;

    /**
     * A site without workers.
     *
     * @param user as whom servers run
     * @param random for the faults' choices
     */
    Site(Distance distance, User user, Random random) throws Exception {
        this.user = user;
        this.random = random;
        try {
            if (distance.isNone()) {
                servers = closedWithSite(NetworkNamespace.create());
                clients = servers;
                address = new InetSocketAddress(InetAddress.getByName("127.0.0.1"), PORT);
            } else {
                DistantNetworks networks =
                        closedWithSite(new DistantNetworks(distance.roundTrip(), distance.lossRate()));
                servers = networks.servers();
                clients = networks.clients();
                address = DistantNetworks.address(PORT);
            }
        } catch (Exception | Error x) {
            close();
            throw x;
        }
    }

    /** Closes this when the site is closed, before what was there already. */
    <T extends AutoCloseable> T closedWithSite(T part) {
        closers.push(part);
        return part;
    }

    /** Where the workers are. */
    NetworkNamespace servers() {
        return servers;
    }

    /** Runs a task where the clients are: its sockets and threads are there too. */
    <T> T asClient(Callable<T> task) throws Exception {
        return clients.call(task);
    }

    /** Where clients connect. Faults with another address set it before anybody does. */
    InetSocketAddress address() {
        return address;
    }

    void setAddress(InetSocketAddress address) {
        this.address = address;
    }

    /** As whom servers run here: only those of the same user share a port. */
    User user() {
        return user;
    }

    Random random() {
        return random;
    }

    /** The workers that are in service, the oldest first. */
    Deque<WorkerProcess> serving() {
        return serving;
    }

    /** Tells how workers are started here from now on. */
    void launchAs(Callable<Launch> launch) {
        this.launch = launch;
    }

    /** Starts another worker as all are started, with these options more. It need not serve yet when this returns. */
    WorkerProcess startAnother(String... options) throws Exception {
        return start(launch.call().with(options));
    }

    /** Starts a worker of another kind where the workers are. */
    WorkerProcess start(Launch other) throws Exception {
        return closedWithSite(servers.call(() -> other.start()));
    }

    /** The sockets that listen on the port, of whichever process, as {@link #sockets} names them. */
    Set<String> listeners() throws Exception {
        return servers.call(() -> Stream.of("tcp", "tcp6")
                .flatMap(Site::rows)
                .flatMap(row -> LISTENER.matcher(row).results())
                .map(row -> "socket:[%s]".formatted(row.group(1)))
                .collect(Collectors.toSet()));
    }

    /** What the descriptors of a worker are, its sockets among them. */
    static Set<String> sockets(WorkerProcess worker) throws IOException {
        Set<String> sockets = new HashSet<>();
        try (DirectoryStream<Path> descriptors =
                Files.newDirectoryStream(Path.of("/proc", Long.toString(worker.pid()), "fd"))) {
            for (Path descriptor : descriptors) {
                try {
                    sockets.add(Files.readSymbolicLink(descriptor).toString());
                } catch (NoSuchFileException x) {
                    // Closed meanwhile, so it was no listener.
                }
            }
        }
        return sockets;
    }

    private static Stream<String> rows(String table) {
        try {
            Path path = Path.of("/proc/thread-self/net", table);
            return Files.exists(path) ? Files.readAllLines(path).stream() : Stream.empty();
        } catch (IOException x) {
            throw new UncheckedIOException(x);
        }
    }

    /** Sets a kernel parameter of this site's network alone: of {@code net}, a thread sees those of its namespace. */
    void sysctl(String name, Object value) throws Exception {
        Path parameter = Path.of("/proc/sys", name.replace('.', '/'));
        servers.call(() -> Files.writeString(parameter, value.toString()));
    }

    /** Counts requests that a fault has sent by itself, and that should have been answered. */
    synchronized void count(Outcomes more) {
        outcomes = outcomes.plus(more);
    }

    synchronized Outcomes outcomes() {
        return outcomes;
    }

    /** Another server than a worker listens on the port too. */
    void addForeignMember() {
        foreignMembers.incrementAndGet();
    }

    int foreignMembers() {
        return foreignMembers.get();
    }

    /** Something that must never be. */
    void violation(String what) {
        violations.add(what);
    }

    List<String> violations() {
        return violations;
    }

    /** Kills what was started here and still runs, and deletes the networks. */
    @Override
    public void close() {
        while (!closers.isEmpty()) {
            try {
                closers.pop().close();
            } catch (Exception x) {
                violation("cannot be closed: " + x);
            }
        }
    }
}
