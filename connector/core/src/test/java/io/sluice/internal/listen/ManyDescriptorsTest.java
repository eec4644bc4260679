package io.sluice.internal.listen;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.mockito.AdditionalAnswers.delegatesTo;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.Mockito.doAnswer;
import static org.mockito.Mockito.mock;

import io.sluice.DrainReport;
import io.sluice.DrainStrategy;
import io.sluice.internal.drain.Clients;
import io.sluice.internal.drain.Drain;
import io.sluice.linux.ReusePortGroup;
import io.sluice.linux.TestFeatures;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.DatagramChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.eclipse.jetty.util.thread.ScheduledExecutorScheduler;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A process with thousands of descriptors, as idle connections are, that may not attach a filter. */
@Timeout(60)
@EnabledOnOs(OS.LINUX)
class ManyDescriptorsTest {
    private static final int DESCRIPTORS = 8000;
    private static final int QUEUED = 50;
    private static final long SLOWER_NANOS = 15_000_000;
    private static final Duration LIMIT = Duration.ofSeconds(5);

    private final List<AutoCloseable> toClose = new ArrayList<>();

    @BeforeEach
    void openDescriptors() throws IOException {
        for (int i = 0; i < DESCRIPTORS; i++) {
            toClose.add(DatagramChannel.open());
        }
    }

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable closeable : toClose) {
            closeable.close();
        }
    }

    /**
     * All that were queued waited for a look at each descriptor of the process: some 50 ms with so many sockets,
     * more where they are connections. What a gate
     * takes longer than two passes does not depend on their number.
     */
    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void whoIsQueuedDoesNotWaitForAScan(int neighbours) throws Exception {
        untilServed(DrainStrategy.GATE, neighbours); // Loads what there is to load.
        untilServed(DrainStrategy.TWO_PASS, neighbours);
        long gate = Long.MAX_VALUE;
        long twoPass = Long.MAX_VALUE;
        for (int round = 0; round < 5; round++) {
            gate = Math.min(gate, untilServed(DrainStrategy.GATE, neighbours));
            twoPass = Math.min(twoPass, untilServed(DrainStrategy.TWO_PASS, neighbours));
        }

        System.out.printf("%d neighbours: gate %d us, two-pass %d us%n", neighbours, gate / 1000, twoPass / 1000);
        assertTrue(gate < twoPass + SLOWER_NANOS, "gate %d ns, two-pass %d ns".formatted(gate, twoPass));
    }

    /** Gives the time from the moment in which acceptors stop to the hand-over of the last that was queued. */
    private long untilServed(DrainStrategy strategy, int neighbours) throws Exception {
        List<ServerSocketChannel> others = new ArrayList<>();
        try (ServerSocketChannel channel = listen(0)) {
            List<SocketChannel> clients = new ArrayList<>();
            for (int i = 0; i < QUEUED; i++) {
                clients.add(SocketChannel.open(channel.getLocalAddress()));
            }
            for (int i = 0; i < neighbours; i++) {
                others.add(listen(channel.socket().getLocalPort()));
            }
            ReusePortGroup group = ReusePortGroup.of(List.of(channel), TestFeatures.all());
            List<SocketChannel> served = new ArrayList<>();
            long[] last = new long[1];
            Listener listener = new Listener(
                    channel,
                    group.listener(0),
                    0,
                    connection -> {
                        served.add(connection);
                        last[0] = System.nanoTime();
                    },
                    () -> true,
                    mayWait -> true,
                    new ScheduledExecutorScheduler());
            long[] start = new long[1];
            Clients accepted = mock(Clients.class, delegatesTo(Clients.NONE));
            doAnswer(call -> {
                        start[0] = System.nanoTime();
                        return null;
                    })
                    .when(accepted)
                    .begin(any(), any(), any());
            Drain drain = new Drain(List.of(listener), group, accepted, Drain.Time.SYSTEM);

            drain.drain(DrainReport.Reason.SERVER_STOP, settings(strategy), Drain.Observer.NONE);

            assertEquals(QUEUED, served.size());
            for (SocketChannel connection : served) {
                connection.close();
            }
            for (SocketChannel client : clients) {
                client.close();
            }
            return last[0] - start[0];
        } finally {
            for (ServerSocketChannel other : others) {
                other.close();
            }
        }
    }

    private static ServerSocketChannel listen(int port) throws IOException {
        ServerSocketChannel channel = ServerSocketChannel.open();
        channel.setOption(StandardSocketOptions.SO_REUSEPORT, true);
        return channel.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), QUEUED);
    }

    private static Drain.Settings settings(DrainStrategy strategy) {
        return new Drain.Settings(
                strategy, "test", Duration.ofMillis(1), LIMIT, Duration.ZERO, LIMIT, Duration.ZERO, Duration.ZERO);
    }
}
