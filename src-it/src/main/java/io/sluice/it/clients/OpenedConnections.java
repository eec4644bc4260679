package io.sluice.it.clients;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The connections that clients open to a port, as the kernel tells: a client does not say how often it connects again, and
 * this way it makes no difference who the clients and the servers are. It looks again and again, and a connection that is
 * gone before the next look is missed.
 */
final class OpenedConnections implements AutoCloseable {
    private static final List<Path> TABLES = List.of(Path.of("/proc/net/tcp"), Path.of("/proc/net/tcp6"));
    private static final Duration PAUSE = Duration.ofMillis(50);

    /** Connections that have ended stay in the tables for a minute, and many make a look take long. */
    private static final int LEAST_PAUSE_IN_LOOKS = 4;

    private final int port;
    private final Thread observer = new Thread(this::observe, "opened-connections");

    // All below is guarded by this.
    private final Set<String> seen = new HashSet<>();
    private OptionalInt seenBefore = OptionalInt.empty();
    private IOException failure;

    OpenedConnections(int port) {
        this.port = port;
        observer.setDaemon(true);
    }

    /** Counts those that are not there now. */
    synchronized void countFromNow() throws IOException {
        look();
        seenBefore = OptionalInt.of(seen.size());
        observer.start();
    }

    /** How many have been opened until now, if they were counted. */
    synchronized OptionalInt count() throws IOException {
        if (seenBefore.isEmpty()) {
            return seenBefore;
        }
        if (failure != null) {
            throw new IOException("not all connections were seen", failure);
        }
        look();
        return OptionalInt.of(seen.size() - seenBefore.getAsInt());
    }

    private void observe() {
        try {
            while (true) {
                long start = System.nanoTime();
                look();
                long took = System.nanoTime() - start;
                TimeUnit.NANOSECONDS.sleep(Math.max(PAUSE.toNanos(), LEAST_PAUSE_IN_LOOKS * took));
            }
        } catch (InterruptedException x) {
            // Closed.
        } catch (IOException x) {
            synchronized (this) {
                failure = x;
            }
        }
    }

    private synchronized void look() throws IOException {
        for (Path table : TABLES) {
            if (Files.exists(table)) { // That of IPv6 is missing where the kernel has none.
                seen.addAll(clients(port, Files.readAllLines(table).stream()));
            }
        }
    }

    /**
     * The clients that have a connection to a port, each by its own address and port. Where the server is on this machine
     * too, a connection has a row for each side.
     */
    static Set<String> clients(int port, Stream<String> rows) {
        // The addresses and ports of this side and the other one, and the state ESTABLISHED.
        Pattern client =
                Pattern.compile(" *\\d+: ([0-9A-F]+:(?!%1$04X)[0-9A-F]{4}) [0-9A-F]+:%1$04X 01 .*".formatted(port));
        return rows.map(client::matcher)
                .filter(Matcher::matches)
                .map(row -> row.group(1))
                .collect(Collectors.toSet());
    }

    @Override
    public void close() {
        observer.interrupt();
    }
}
