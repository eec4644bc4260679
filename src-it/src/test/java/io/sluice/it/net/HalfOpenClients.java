package io.sluice.it.net;

import io.sluice.examples.rolling.BurstClient;
import io.sluice.examples.rolling.Outcomes;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Clients in a namespace, at an address of their own. Of all that they send only the SYN arrives, until they are let
 * through: to them the connection is made and the request sent, to the server the handshake is half-open.
 */
final class HalfOpenClients {
    private static final Duration REQUEST_LIMIT = Duration.ofSeconds(20);
    private static final AtomicInteger TABLES = new AtomicInteger();
    private static final Path IPV6 = Path.of("/proc/net/if_inet6");
    private static final Duration POLL = Duration.ofMillis(10);

    private final NetworkNamespace namespace;
    private final String table;
    private final BurstClient burst;

    private HalfOpenClients(NetworkNamespace namespace, String table, BurstClient burst) {
        this.namespace = namespace;
        this.table = table;
        this.burst = burst;
    }

    /** Connects the clients and waits until each of them has a half-open handshake at the server. */
    static HalfOpenClients connect(NetworkNamespace namespace, String address, int count) throws Exception {
        requireNft(namespace);
        InetAddress clients = InetAddress.getByName(address);
        boolean ipv6 = clients.getAddress().length == 16;
        if (ipv6 && !Files.exists(IPV6)) {
            throw Requirement.missing("IPv6");
        }
        String table = "half_open_" + TABLES.incrementAndGet();
        namespace.run("ip", "address", "add", address + (ipv6 ? "/128" : "/32"), "dev", "lo");
        namespace.run("nft", """
                table inet %s {
                    chain input {
                        type filter hook input priority 0
                        %s saddr %s tcp dport %d tcp flags & (syn | ack) != syn drop
                    }
                }""".formatted(table, ipv6 ? "ip6" : "ip", address, NamespaceWorkers.PORT));
        // The address is the server's as well: a connection to an address of this machine comes from that address.
        InetSocketAddress server =
                new InetSocketAddress(InetAddress.getByAddress("server", clients.getAddress()), NamespaceWorkers.PORT);
        long others = sockets(namespace, "syn-recv");
        BurstClient burst = namespace.call(() -> BurstClient.start(server, count, REQUEST_LIMIT));
        HalfOpenClients halfOpen = new HalfOpenClients(namespace, table, burst);
        halfOpen.await("syn-recv", others + count);
        return halfOpen;
    }

    private static void requireNft(NetworkNamespace namespace) throws IOException, InterruptedException {
        Requirement.program("nft", "nftables");
        try {
            namespace.run("nft", "list", "tables");
        } catch (IOException x) {
            throw Requirement.missing("nf_tables in the kernel: " + x.getMessage());
        }
    }

    /** Waits until nobody listens on the port any more. */
    void awaitListenerGone() throws IOException, InterruptedException {
        await("listening", 0);
    }

    private void await(String state, long count) throws IOException, InterruptedException {
        long deadline = System.nanoTime() + NamespaceWorkers.LIMIT.toNanos();
        long now;
        while ((now = sockets(namespace, state)) != count) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("%d sockets in state %s instead of %d".formatted(now, state, count));
            }
            Thread.sleep(POLL.toMillis());
        }
    }

    private static long sockets(NetworkNamespace namespace, String state) throws IOException, InterruptedException {
        Requirement.program("ss", "iproute2");
        return namespace
                .run("ss", "-Htan", "state", state, "sport", "=", ":" + NamespaceWorkers.PORT)
                .lines()
                .count();
    }

    /** From now on everything of these clients arrives. */
    void letThrough() throws IOException, InterruptedException {
        namespace.run("nft", "delete table inet " + table);
    }

    /** Waits for all clients. */
    Outcomes outcomes() throws InterruptedException {
        return burst.outcomes();
    }
}
