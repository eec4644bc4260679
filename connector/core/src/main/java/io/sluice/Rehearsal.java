package io.sluice;

import io.sluice.linux.LinuxListener;
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
final class Rehearsal {
    private static final Logger LOG = LoggerFactory.getLogger(Rehearsal.class);
    private static final AtomicBoolean BEGUN = new AtomicBoolean();
    private static final Duration LIMIT = Duration.ofMillis(500);

    private Rehearsal() {}

    /** Once in a JVM, in a thread of its own: nobody has to wait for it. */
    static void begin(DrainStrategy strategy, Scheduler scheduler) {
        if (BEGUN.compareAndSet(false, true)) {
            Thread thread = new Thread(() -> rehearse(strategy, scheduler), "sluice-rehearsal");
            thread.setDaemon(true);
            thread.start();
        }
    }

    /** The report, for its test; null if it did not come to that. */
    static DrainReport rehearse(DrainStrategy strategy, Scheduler scheduler) {
        try (ServerSocketChannel other = listen(0);
                ServerSocketChannel own = listen(other.socket().getLocalPort())) {
            ListeningSocket socket = new ListeningSocket(
                    own, 0, LinuxListener.of(List.of(own)).get(0), IO::close, () -> false, patient -> true, scheduler);
            AcceptQueueDrain drain =
                    new AcceptQueueDrain(List.of(socket), new NobodyWaits(), AcceptQueueDrain.Time.SYSTEM);
            drain.drain(DrainReport.Reason.CLOSE, settings(strategy), new Silence());
            LOG.debug("Rehearsed: {}", drain.report().toJson());
            return drain.report();
        } catch (IOException | RuntimeException | LinkageError x) {
            LOG.debug("No rehearsal", x); // Then the drain will take a little longer.
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

    private static AcceptQueueDrain.Settings settings(DrainStrategy strategy) {
        return new AcceptQueueDrain.Settings(
                strategy, "rehearsal", Duration.ofMillis(1), LIMIT, Duration.ZERO, LIMIT, Duration.ZERO, Duration.ZERO);
    }

    private static final class NobodyWaits implements Answers {
        @Override
        public void begin(DrainReport.Reason reason, Duration keepAliveGrace) {}

        @Override
        public void sayGoodbye() {}

        @Override
        public boolean isPending() {
            return false;
        }

        @Override
        public Runnable excuseCaller() {
            return () -> {};
        }

        @Override
        public Tally tally() {
            return new Tally(0, 0, 0, 0);
        }
    }

    private static final class Silence implements AcceptQueueDrain.Observer {
        @Override
        public void started(DrainReport.Reason reason) {}

        @Override
        public void finished(DrainReport report) {}
    }
}
