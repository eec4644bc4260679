package io.sluice.internal.lifecycle;

import io.sluice.DrainReport;
import io.sluice.DrainStrategy;
import io.sluice.internal.drain.Clients;
import io.sluice.internal.drain.Drain;
import io.sluice.internal.drain.OtherCode;
import io.sluice.internal.listen.Listeners;
import io.sluice.internal.listen.OpenConnections;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.ServerSocketChannel;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.IO;
import org.eclipse.jetty.util.component.LifeCycle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A drain before it matters, of listeners on a free port of the loopback interface that nobody knows. The first drain of
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
     * @param connector the connector whose drain will matter
     */
    public static void begin(DrainStrategy strategy, ServerConnector connector) {
        if (strategy != DrainStrategy.TWO_PASS && BEGUN.compareAndSet(false, true)) {
            Thread thread = new Thread(() -> drain(strategy, connector), "sluice-warm-up");
            thread.setDaemon(true);
            thread.start();
        }
    }

    /**
     * Drains one after the other of two that share a port with a third: the first can hand over to the second, which drains as
     * where nobody takes the listener over.
     *
     * @return the reports for the test of this; none if it failed
     */
    static List<DrainReport> drain(DrainStrategy strategy, ServerConnector connector) {
        ServerConnector selecting = selecting(connector);
        try (ServerSocketChannel other = listen(0)) {
            LifeCycle.start(selecting.getSelectorManager());
            int port = other.socket().getLocalPort();
            Listeners first = open(port, strategy, selecting);
            Listeners second = open(port, strategy, selecting);
            first.join();
            second.join();
            awaitKeeper(first);
            List<DrainReport> reports = List.of(drain(first), drain(second));
            reports.forEach(report -> LOG.debug("Warmed up: {}", report.toJson()));
            return reports;
        } catch (IOException | RuntimeException x) {
            LOG.debug("No warm-up", x); // Then the drain will take a little longer.
            return List.of();
        } finally {
            LifeCycle.stop(selecting.getSelectorManager());
        }
    }

    /**
     * Gives a connector with a selector of its own, which accepts from what is taken over: those of a server may stop in the
     * middle of this, and then a listener would be closed that was not drained.
     */
    private static ServerConnector selecting(ServerConnector connector) {
        ServerConnector selecting = new ServerConnector(
                connector.getServer(),
                code -> OtherCode.start("sluice-warm-up-selector", code),
                connector.getScheduler(),
                connector.getByteBufferPool(),
                0,
                1);
        selecting.setReusePort(true);
        return selecting;
    }

    private static Listeners open(int port, DrainStrategy strategy, ServerConnector connector) throws IOException {
        return Listeners.open(
                List.of(listen(port)),
                connector,
                true,
                false,
                strategy,
                IO::close,
                OpenConnections.NONE,
                adoption -> {});
    }

    private static void awaitKeeper(Listeners listeners) {
        long end = System.nanoTime() + LIMIT.toNanos();
        while (listeners.strategy() == DrainStrategy.HAND_OVER
                && listeners.keeper().isEmpty()
                && System.nanoTime() < end) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
        }
    }

    private static DrainReport drain(Listeners listeners) {
        Drain drain = listeners.drain(Clients.NONE);
        Drain.Settings settings = new Drain.Settings(
                listeners.strategy(),
                "warm-up",
                listeners.instead(),
                "warm-up",
                Duration.ofMillis(1),
                LIMIT,
                Duration.ZERO,
                LIMIT,
                Duration.ZERO,
                Duration.ZERO);
        drain.drain(DrainReport.Reason.CONNECTOR_STOP, settings, Drain.Observer.NONE);
        return drain.report();
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
}
