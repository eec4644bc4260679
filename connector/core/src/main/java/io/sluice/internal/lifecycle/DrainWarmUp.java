package io.sluice.internal.lifecycle;

import io.sluice.DrainReport;
import io.sluice.DrainStrategy;
import io.sluice.internal.drain.Clients;
import io.sluice.internal.drain.Drain;
import io.sluice.internal.listen.Listener;
import io.sluice.linux.Features;
import io.sluice.linux.ReusePortGroup;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.ServerSocketChannel;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.eclipse.jetty.util.IO;
import org.eclipse.jetty.util.thread.Scheduler;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A drain before it matters, of a listener on a free port of the loopback interface that nobody knows. The first drain of
 * a JVM loads some hundred classes and links as many call sites, while clients come that still have to be steered away;
 * and a server is stopped once.
 */
public final class DrainWarmUp {
    private static final Logger LOG = LoggerFactory.getLogger(DrainWarmUp.class);
    private static final AtomicBoolean BEGUN = new AtomicBoolean();
    private static final Duration LIMIT = Duration.ofMillis(500);

    private DrainWarmUp() {}

    /**
     * Drains once in a JVM, in a thread of its own, because nobody has to wait for it.
     *
     * @param strategy the strategy that will be used; two passes have nothing to warm up
     * @param scheduler the connector's scheduler
     */
    public static void begin(DrainStrategy strategy, Scheduler scheduler) {
        if (strategy != DrainStrategy.TWO_PASS && BEGUN.compareAndSet(false, true)) {
            Thread thread = new Thread(() -> drain(strategy, scheduler), "sluice-warm-up");
            thread.setDaemon(true);
            thread.start();
        }
    }

    /** Drains, and gives the report for the test of this; null if it failed. */
    static DrainReport drain(DrainStrategy strategy, Scheduler scheduler) {
        try (ServerSocketChannel other = listen(0);
                ServerSocketChannel own = listen(other.socket().getLocalPort())) {
            ReusePortGroup group = ReusePortGroup.of(List.of(own), Features.detect());
            Listener listener =
                    new Listener(own, group.listener(0), 0, IO::close, () -> true, mayWait -> true, scheduler);
            Drain drain = new Drain(List.of(listener), group, Clients.NONE, Drain.Time.SYSTEM);
            drain.drain(DrainReport.Reason.CONNECTOR_STOP, settings(strategy), Drain.Observer.NONE);
            LOG.debug("Warmed up: {}", drain.report().toJson());
            return drain.report();
        } catch (IOException | RuntimeException x) {
            LOG.debug("No warm-up", x); // Then the drain will take a little longer.
            return null;
        }
    }

    private static ServerSocketChannel listen(int port) throws IOException {
        ServerSocketChannel channel = ServerSocketChannel.open();
        try {
            channel.setOption(StandardSocketOptions.SO_REUSEPORT, true);
            return channel.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        } catch (IOException | RuntimeException x) {
            IO.close(channel);
            throw x;
        }
    }

    private static Drain.Settings settings(DrainStrategy strategy) {
        return new Drain.Settings(
                strategy, "warm-up", Duration.ofMillis(1), LIMIT, Duration.ZERO, LIMIT, Duration.ZERO, Duration.ZERO);
    }
}
