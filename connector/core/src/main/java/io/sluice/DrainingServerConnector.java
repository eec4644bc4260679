package io.sluice;

import io.sluice.internal.connection.ConnectionTracker;
import io.sluice.internal.connection.TrackedEndPoint;
import io.sluice.internal.drain.Drain;
import io.sluice.internal.lifecycle.DrainListeners;
import io.sluice.internal.lifecycle.DrainLog;
import io.sluice.internal.lifecycle.DrainWarmUp;
import io.sluice.internal.lifecycle.Drainable;
import io.sluice.internal.lifecycle.ServerStop;
import io.sluice.internal.lifecycle.ShutdownHook;
import io.sluice.internal.listen.AcceptLimits;
import io.sluice.internal.listen.Backlog;
import io.sluice.internal.listen.Listeners;
import io.sluice.internal.listen.OpenConnections;
import io.sluice.internal.listen.SharedPort;
import io.sluice.linux.AdoptedChannels;
import io.sluice.linux.ConnectionEnds;
import io.sluice.linux.PassedListeners;
import io.sluice.linux.ReusePortGroup;
import io.sluice.linux.StandardStreams;
import java.io.Closeable;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.EventListener;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.io.ByteBufferPool;
import org.eclipse.jetty.io.ManagedSelector;
import org.eclipse.jetty.io.SelectorManager;
import org.eclipse.jetty.io.SocketChannelEndPoint;
import org.eclipse.jetty.server.ConnectionFactory;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.VirtualThreads;
import org.eclipse.jetty.util.annotation.ManagedAttribute;
import org.eclipse.jetty.util.annotation.ManagedObject;
import org.eclipse.jetty.util.annotation.Name;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.eclipse.jetty.util.thread.Scheduler;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A {@link ServerConnector} that loses no connection when it stops.
 *
 * <p>A listener that is closed resets every connection that the kernel has completed and nobody has accepted. This
 * connector drains first: it accepts what the kernel holds, closes the listener, and waits until each connection that
 * it accepted has its first answer and each request in flight is done; answers say {@code Connection: close}. Only then
 * may the rest of the server stop. It does so whichever way it is stopped: {@code Server.stop()} with and without a
 * stop timeout, {@link #stop()}, {@link #shutdown()}, SIGTERM with {@code stopAtShutdown}, a stop port, a call from
 * inside a request; several of them at once join one drain. After {@link #close()}, which closes the listener alone and
 * loses nobody either, they wait for the connections that live on.
 *
 * <p>{@code SO_REUSEPORT} is on by default, so that several processes share a port and are restarted one after another.
 *
 * <p><em>Important:</em>
 *
 * <ul>
 *   <li>A drain takes up to {@link #getDrainTimeout() drainTimeout}, or the server's stop timeout where that is set and
 *       shorter; Jetty's own stop timeout starts to run after it.
 *   <li>A client that sends nothing, on a new connection or on one that is kept alive, is waited for during {@link
 *       #getKeepAliveGrace() keepAliveGrace}, one that has sent half a request until the drain's end.
 *   <li>The thread that handles a request may stop the server; a thread that resumed an asynchronous request is waited
 *       for like any other request, up to the timeout, and so is a second request that calls {@code Server.stop()}: it
 *       waits in Jetty's own lock, where it cannot be told from one that works.
 * </ul>
 */
@SuppressWarnings("this-escape") // Defaults are set through the superclass, whose setters leak nothing.
@ManagedObject("A connector that drains its accept queue before it closes")
public class DrainingServerConnector extends ServerConnector {
    private static final Logger LOG = LoggerFactory.getLogger(DrainingServerConnector.class);
    private static final String KEEP_ALIVE_GRACE = "sluice.keepAliveGrace";
    private static final String HTTP_1 = "org.eclipse.jetty.server.internal.HttpConnection";
    private static final StackWalker CALLERS = StackWalker.getInstance(StackWalker.Option.RETAIN_CLASS_REFERENCE);
    private static final int MAX_PORT = 65535;
    private static final long FOR_EVER_MILLIS = Integer.MAX_VALUE; // Long.MAX_VALUE is a legal stop timeout.

    private volatile DrainStrategy drainStrategy = DrainStrategy.AUTO;
    private volatile long drainSettle = 10;
    private volatile long handshakeTimeout = 3000;
    private volatile long keepAliveGrace = Long.getLong(KEEP_ALIVE_GRACE, 1000); // Checked at the start.
    private volatile long drainTimeout = 5000;
    private volatile long preDrainDelay;
    private volatile long waitForSuccessor;
    private volatile boolean listenerPerAcceptor = true;
    private volatile boolean drainAtShutdown = true;
    private volatile boolean handOverConnections = true;
    private volatile Listeners openListeners;
    private volatile List<io.sluice.internal.listen.Listener> acceptedFrom; // By acceptors, of the open listeners.
    private ServerSocketChannel openedHere;
    private List<ServerSocketChannel> claimed = List.of(); // Of another process, which had taken them over.
    private ShutdownHook shutdownHook;
    private final Drainable drainable = new ServerStopSide();
    private final DrainLog log = new DrainLog(this);
    private volatile ServerStop serverStop; // From the start to the stop.
    private volatile ConnectionTracker tracker;
    private volatile Drain drain;
    private volatile Drain drainAfterClose;

    /**
     * Same as {@link ServerConnector#ServerConnector(Server)}.
     *
     * @param server the server this connector belongs to
     */
    public DrainingServerConnector(@Name("server") Server server) {
        super(server);
        setDefaults();
    }

    /**
     * Same as {@link ServerConnector#ServerConnector(Server, int, int)}.
     *
     * @param server the server this connector belongs to
     * @param acceptors the number of acceptor threads, -1 for Jetty's default, 0 to accept in the selector threads
     * @param selectors the number of selector threads, at most 0 for Jetty's default
     */
    public DrainingServerConnector(
            @Name("server") Server server, @Name("acceptors") int acceptors, @Name("selectors") int selectors) {
        super(server, acceptors, selectors);
        setDefaults();
    }

    /**
     * Same as {@link ServerConnector#ServerConnector(Server, int, int, ConnectionFactory...)}.
     *
     * @param server the server this connector belongs to
     * @param acceptors the number of acceptor threads, -1 for Jetty's default, 0 to accept in the selector threads
     * @param selectors the number of selector threads, at most 0 for Jetty's default
     * @param factories make and configure the connections
     */
    public DrainingServerConnector(
            @Name("server") Server server,
            @Name("acceptors") int acceptors,
            @Name("selectors") int selectors,
            @Name("factories") ConnectionFactory... factories) {
        super(server, acceptors, selectors, factories);
        setDefaults();
    }

    /**
     * Same as {@link ServerConnector#ServerConnector(Server, ConnectionFactory...)}.
     *
     * @param server the server this connector belongs to
     * @param factories make and configure the connections
     */
    public DrainingServerConnector(@Name("server") Server server, @Name("factories") ConnectionFactory... factories) {
        super(server, factories);
        setDefaults();
    }

    /**
     * Same as {@link ServerConnector#ServerConnector(Server, SslContextFactory.Server)}.
     *
     * @param server the server this connector belongs to
     * @param sslContextFactory the TLS configuration
     */
    public DrainingServerConnector(
            @Name("server") Server server, @Name("sslContextFactory") SslContextFactory.Server sslContextFactory) {
        super(server, sslContextFactory);
        setDefaults();
    }

    /**
     * Same as {@link ServerConnector#ServerConnector(Server, int, int, SslContextFactory.Server)}.
     *
     * @param server the server this connector belongs to
     * @param acceptors the number of acceptor threads, -1 for Jetty's default, 0 to accept in the selector threads
     * @param selectors the number of selector threads, at most 0 for Jetty's default
     * @param sslContextFactory the TLS configuration
     */
    public DrainingServerConnector(
            @Name("server") Server server,
            @Name("acceptors") int acceptors,
            @Name("selectors") int selectors,
            @Name("sslContextFactory") SslContextFactory.Server sslContextFactory) {
        super(server, acceptors, selectors, sslContextFactory);
        setDefaults();
    }

    /**
     * Same as {@link ServerConnector#ServerConnector(Server, SslContextFactory.Server, ConnectionFactory...)}.
     *
     * @param server the server this connector belongs to
     * @param sslContextFactory the TLS configuration
     * @param factories make and configure the connections
     */
    public DrainingServerConnector(
            @Name("server") Server server,
            @Name("sslContextFactory") SslContextFactory.Server sslContextFactory,
            @Name("factories") ConnectionFactory... factories) {
        super(server, sslContextFactory, factories);
        setDefaults();
    }

    /**
     * Same as {@link ServerConnector#ServerConnector(Server, Executor, Scheduler, ByteBufferPool, int, int,
     * ConnectionFactory...)}.
     *
     * @param server the server this connector belongs to
     * @param executor runs acceptors, selectors and requests, null for the server's
     * @param scheduler schedules timeouts, null for the server's
     * @param bufferPool the buffers, null for the server's
     * @param acceptors the number of acceptor threads, -1 for Jetty's default, 0 to accept in the selector threads
     * @param selectors the number of selector threads, at most 0 for Jetty's default
     * @param factories make and configure the connections
     */
    public DrainingServerConnector(
            @Name("server") Server server,
            @Name("executor") Executor executor,
            @Name("scheduler") Scheduler scheduler,
            @Name("bufferPool") ByteBufferPool bufferPool,
            @Name("acceptors") int acceptors,
            @Name("selectors") int selectors,
            @Name("factories") ConnectionFactory... factories) {
        super(server, executor, scheduler, bufferPool, acceptors, selectors, factories);
        setDefaults();
    }

    private void setDefaults() {
        AcceptLimits.requireJetty();
        super.setReusePort(true);
        super.setAcceptQueueSize(4096);
    }

    /**
     * The strategy that was asked for.
     *
     * @return {@link DrainStrategy#AUTO} by default
     */
    @ManagedAttribute("How the accept queue is emptied before the listener is closed")
    public DrainStrategy getDrainStrategy() {
        return drainStrategy;
    }

    /**
     * Sets how the accept queue is emptied before the listener is closed.
     *
     * @param strategy the strategy
     * @throws IllegalArgumentException if it is null
     */
    public void setDrainStrategy(DrainStrategy strategy) {
        drainStrategy = DrainStrategy.of(String.valueOf(strategy));
    }

    /**
     * Sets the strategy by its name, as XML does.
     *
     * @param strategy {@code auto}, {@code hand-over}, {@code steer}, {@code gate} or {@code two-pass}
     * @throws IllegalArgumentException if there is no strategy of that name
     */
    public void setDrainStrategy(String strategy) {
        setDrainStrategy(DrainStrategy.of(strategy));
    }

    /**
     * The strategy that was chosen at start. A single drain may still have to use another, see its report.
     *
     * @return never {@link DrainStrategy#AUTO}; null before the start
     */
    @ManagedAttribute(value = "The strategy that was chosen at start", readonly = true)
    public DrainStrategy getDrainStrategyInUse() {
        Listeners current = openListeners;
        return current == null ? null : current.strategy();
    }

    /**
     * Why {@link #getDrainStrategyInUse()} was chosen.
     *
     * @return a phrase, or null before the start
     */
    @ManagedAttribute(value = "Why that strategy was chosen", readonly = true)
    public String getDrainStrategyReason() {
        Listeners current = openListeners;
        return current == null ? null : current.strategyReason();
    }

    /**
     * The pause between the two accept passes, where half-open handshakes cannot be seen.
     *
     * @return milliseconds, 10 by default
     */
    @ManagedAttribute("The pause in milliseconds between the two accept passes of a drain")
    public long getDrainSettle() {
        return drainSettle;
    }

    /**
     * Sets the pause between the two accept passes: how long the last ACK of a handshake may take to arrive.
     *
     * @param millis at least 1
     * @throws IllegalArgumentException if it is less, or more than {@link Integer#MAX_VALUE}
     */
    public void setDrainSettle(long millis) {
        drainSettle = positive("drainSettle", millis);
    }

    /**
     * How long a drain waits for half-open handshakes.
     *
     * @return milliseconds, 3000 by default: as long as it takes until a lost SYN-ACK has been sent again
     */
    @ManagedAttribute("How long in milliseconds a drain waits for half-open handshakes")
    public long getHandshakeTimeout() {
        return handshakeTimeout;
    }

    /**
     * Sets how long a drain waits for half-open handshakes; what is then still half-open is reported as at risk.
     *
     * @param millis at least 1; the drain timeout bounds it too
     * @throws IllegalArgumentException if it is less, or more than {@link Integer#MAX_VALUE}
     */
    public void setHandshakeTimeout(long millis) {
        handshakeTimeout = positive("handshakeTimeout", millis);
    }

    /**
     * How long a connection without a request under way may still send its next request, or its first.
     *
     * @return milliseconds; by default the system property {@code sluice.keepAliveGrace}, or 1000, as {@link
     *     #getShutdownIdleTimeout() shutdownIdleTimeout}
     */
    @ManagedAttribute("How long in milliseconds a connection without a request under way may still send one")
    public long getKeepAliveGrace() {
        return keepAliveGrace;
    }

    /**
     * Sets how long, from the start of a drain, a connection without a request under way may still send its next
     * request, or its first. HTTP/1 answers it with {@code Connection: close}. A connection on which nothing comes is
     * then closed; the drain waits for that, so this is how long clients that say nothing can hold a stop. It is never
     * more than half of what bounds the drain.
     *
     * @param millis 0 or more; 0 closes at once what is idle, and loses requests that are on their way
     * @throws IllegalArgumentException if it is less, or more than {@link Integer#MAX_VALUE}
     */
    public void setKeepAliveGrace(long millis) {
        keepAliveGrace = notNegative("keepAliveGrace", millis);
    }

    /**
     * The longest time that a drain may take in all.
     *
     * @return milliseconds, 5000 by default
     */
    @ManagedAttribute("The longest time in milliseconds that a drain may take")
    public long getDrainTimeout() {
        return drainTimeout;
    }

    /**
     * Sets the longest time that a drain may take in all. A server's stop timeout that is shorter takes its place.
     *
     * @param millis at least 1, and more than {@link #getDrainSettle() drainSettle}
     * @throws IllegalArgumentException if it is less than 1, or more than {@link Integer#MAX_VALUE}
     */
    public void setDrainTimeout(long millis) {
        drainTimeout = positive("drainTimeout", millis);
    }

    /**
     * How long everything goes on after a stop, before the drain begins.
     *
     * @return milliseconds, 0 by default
     */
    @ManagedAttribute("How long in milliseconds everything goes on after a stop, before the drain begins")
    public long getPreDrainDelay() {
        return preDrainDelay;
    }

    /**
     * Sets how long everything goes on after a stop, before the drain begins, while {@link #isReady()} is false already:
     * as long as a load balancer needs to notice. The time comes on top of {@link #getDrainTimeout() drainTimeout} and of
     * the server's stop timeout.
     *
     * @param millis 0 or more
     * @throws IllegalArgumentException if it is less, or more than {@link Integer#MAX_VALUE}
     */
    public void setPreDrainDelay(long millis) {
        preDrainDelay = notNegative("preDrainDelay", millis);
    }

    /**
     * How long everything goes on after a stop while no other process listens on the port.
     *
     * @return milliseconds, 0 by default: nobody is waited for
     */
    @ManagedAttribute("How long in milliseconds everything goes on after a stop while no other process listens")
    public long getWaitForSuccessor() {
        return waitForSuccessor;
    }

    /**
     * Sets how long everything goes on after a stop while no other process listens on the port, so that no client is
     * refused where an init system stops the old process before it has started the new one. It runs at the same time as
     * {@link #getPreDrainDelay() preDrainDelay}. Where other listeners cannot be seen, or may not be there, the start
     * fails.
     *
     * @param millis 0 or more
     * @throws IllegalArgumentException if it is less, or more than {@link Integer#MAX_VALUE}
     */
    public void setWaitForSuccessor(long millis) {
        waitForSuccessor = notNegative("waitForSuccessor", millis);
    }

    /**
     * Whether each acceptor has a listener of its own.
     *
     * @return true by default
     */
    @ManagedAttribute("Whether each acceptor has a listener of its own")
    public boolean isListenerPerAcceptor() {
        return listenerPerAcceptor;
    }

    /**
     * Sets whether each acceptor has a listener of its own, another member of the group that shares the port: with two or
     * more {@link #getAcceptors() acceptors} they then share neither an accept queue nor a lock, and the kernel spreads
     * clients over them. The drain covers all of them. Each takes a listener's part of a shared port, each has a queue of
     * {@link #getAcceptQueueSize() acceptQueueSize}, and each is counted by whoever counts listeners, as {@link
     * #getMembers()} does. Has no effect without {@link #isReusePort() reusePort}, on a channel that was inherited or passed to
     * {@link #open(ServerSocketChannel)}, and on a listener that is open already.
     *
     * @param listenerPerAcceptor false for one listener however many acceptors there are, as Jetty's own connector has it
     */
    public void setListenerPerAcceptor(boolean listenerPerAcceptor) {
        this.listenerPerAcceptor = listenerPerAcceptor;
    }

    /**
     * Whether the end of the JVM drains, where it does not stop the server.
     *
     * @return true by default
     */
    @ManagedAttribute("Whether the end of the JVM drains, where it does not stop the server")
    public boolean isDrainAtShutdown() {
        return drainAtShutdown;
    }

    /**
     * Sets whether the end of the JVM drains, as by SIGTERM, where the server is not told to {@link
     * Server#setStopAtShutdown stop} then. Nothing is stopped: all draining connectors of the server drain, and the JVM
     * waits for that. A framework that stops the server in a shutdown hook of its own joins the drain. Has no effect on a
     * listener that is open already.
     *
     * @param drainAtShutdown false where something of yours ends the drain's work before the JVM ends, or where {@code
     *     System.exit} is called in a request, which would be waited for
     */
    public void setDrainAtShutdown(boolean drainAtShutdown) {
        this.drainAtShutdown = drainAtShutdown;
    }

    /**
     * Whether the process that takes the listeners over goes on with open connections too.
     *
     * @return true by default
     */
    @ManagedAttribute("Whether the process that takes the listeners over goes on with open connections too")
    public boolean isHandOverConnections() {
        return handOverConnections;
    }

    /**
     * Sets whether the process that takes the listeners over goes on with open connections too, where the strategy is
     * {@link DrainStrategy#HAND_OVER}. Those are HTTP/1.1 in clear text, each as soon as it is between two requests: its
     * client sees neither the stop nor a {@code Connection: close}. All others end as without it, and so do those with
     * attributes of the application's on their {@link org.eclipse.jetty.server.ConnectionMetaData}, and all where an
     * application has an {@link SelectorManager.AcceptListener} of its own. To the successor it is a new connection, and
     * it must have a connector of the same class and protocols.
     *
     * @param handOverConnections false where something of yours is tied to a connection, as an authentication of the
     *     connection and not of its requests is
     */
    public void setHandOverConnections(boolean handOverConnections) {
        this.handOverConnections = handOverConnections;
    }

    /**
     * Whether new clients are welcome.
     *
     * @return true from the end of the start until a stop is asked for
     */
    @ManagedAttribute(value = "Whether new clients are welcome", readonly = true)
    public boolean isReady() {
        return readiness() == Readiness.READY;
    }

    /**
     * The number of listeners that share the port, of whichever process.
     *
     * @return at least 1; {@link DrainReport#UNKNOWN} while there is no listener, or where they cannot be counted
     */
    @ManagedAttribute(value = "The number of listeners that share the port; -1 if unknown", readonly = true)
    public int getMembers() {
        Listeners current = openListeners;
        return current == null || !isOpen() ? DrainReport.UNKNOWN : current.members();
    }

    /**
     * The number of connections that wait in the accept queue. One that comes near {@link #getAcceptQueueSize()} means
     * that connections are about to wait a second, or fail: the kernel then drops what clients send.
     *
     * @return connections (tcp(7), TCP_INFO); {@link DrainReport#UNKNOWN} while there is no listener, or where it cannot
     *     be seen
     */
    @ManagedAttribute(value = "The number of connections that wait in the accept queue; -1 if unknown", readonly = true)
    public int getAcceptQueueLength() {
        Listeners current = openListeners;
        return current == null || !isOpen() ? DrainReport.UNKNOWN : current.queueLength();
    }

    /**
     * The process that keeps copies of the listeners, and accepts from them if this one is killed.
     *
     * @return the name of its abstract Unix socket; empty while there is none, and where {@link #getDrainStrategyInUse()}
     *     is not {@link DrainStrategy#HAND_OVER}
     */
    @ManagedAttribute(value = "The process that keeps copies of the listeners", readonly = true)
    public String getKeeper() {
        Listeners current = openListeners;
        return current == null ? "" : current.keeper();
    }

    /**
     * The number of processes of whose listeners this one keeps copies.
     *
     * @return 0 where {@link #getDrainStrategyInUse()} is not {@link DrainStrategy#HAND_OVER}
     */
    @ManagedAttribute(value = "The number of processes of whose listeners this one keeps copies", readonly = true)
    public int getWards() {
        Listeners current = openListeners;
        return current == null ? 0 : current.wards();
    }

    /**
     * The number of listeners that were taken over from other processes, until the next one that starts takes them.
     *
     * @return 0 where {@link #getDrainStrategyInUse()} is not {@link DrainStrategy#HAND_OVER}
     */
    @ManagedAttribute(value = "The number of listeners that were taken over from other processes", readonly = true)
    public int getAdopted() {
        Listeners current = openListeners;
        return current == null ? 0 : current.adopted();
    }

    /**
     * What was taken over from another process last, for JMX.
     *
     * @return {@link Adoption#toJson()}, or null if nothing was
     */
    @ManagedAttribute(value = "What was taken over from another process last, as JSON", readonly = true)
    public String getLastAdoption() {
        Adoption last = log.lastAdoption();
        return last == null ? null : last.toJson();
    }

    /** One setting for a whole test suite, in which a pooled client would make each stop take a second. */
    private static void requireLegalDefault() {
        String value = System.getProperty(KEEP_ALIVE_GRACE, "0");
        try {
            notNegative(KEEP_ALIVE_GRACE, Long.parseLong(value));
        } catch (NumberFormatException x) {
            throw new IllegalArgumentException(
                    "%s is '%s'; allowed is 0 to %d ms".formatted(KEEP_ALIVE_GRACE, value, Integer.MAX_VALUE), x);
        }
    }

    private static long positive(String property, long millis) {
        if (millis < 1 || millis > Integer.MAX_VALUE) {
            throw new IllegalArgumentException(
                    "%s is %d ms; allowed is 1 to %d ms".formatted(property, millis, Integer.MAX_VALUE));
        }
        return millis;
    }

    private static long notNegative(String property, long millis) {
        if (millis < 0 || millis > Integer.MAX_VALUE) {
            throw new IllegalArgumentException(
                    "%s is %d ms; allowed is 0 to %d ms".formatted(property, millis, Integer.MAX_VALUE));
        }
        return millis;
    }

    /**
     * Sets the port to listen on.
     *
     * @param port 0 for a free one
     * @throws IllegalArgumentException if it is no port
     */
    @Override
    public void setPort(int port) {
        if (port < 0 || port > MAX_PORT) {
            throw new IllegalArgumentException("port is %d; allowed is 0 to %d".formatted(port, MAX_PORT));
        }
        super.setPort(port);
    }

    /**
     * Sets the length of the accept queue, 4096 by default: Jetty's own default of 50 makes clients of a burst wait a
     * second for their SYN to be sent again. Linux caps the length at {@code net.core.somaxconn} (listen(2));
     * a warning at start says so where it does.
     *
     * @param acceptQueueSize connections; 0 lets the JDK choose
     */
    @Override
    public void setAcceptQueueSize(int acceptQueueSize) {
        if (acceptQueueSize < 0) {
            throw new IllegalArgumentException(
                    "acceptQueueSize is %d; allowed is 0 or more".formatted(acceptQueueSize));
        }
        super.setAcceptQueueSize(acceptQueueSize);
    }

    /**
     * What the last drain did; kept after the stop.
     *
     * @return the report, or null while this connector has not drained since it was last opened
     */
    public DrainReport getLastDrainReport() {
        Drain last = currentDrain();
        DrainReport report = last == null ? null : last.report();
        return report == null && last != null ? drain.report() : report;
    }

    /**
     * What the last drain did, for JMX.
     *
     * @return {@link DrainReport#toJson()}, or null if there is no report
     */
    @ManagedAttribute(value = "The report of the last drain as JSON", readonly = true)
    public String getLastDrain() {
        DrainReport report = getLastDrainReport();
        return report == null ? null : report.toJson();
    }

    @Override
    protected SelectorManager newSelectorManager(Executor executor, Scheduler scheduler, int selectors) {
        return new DrainingSelectorManager(executor, scheduler, selectors);
    }

    /**
     * Opens the listener, a new one if the last was closed by hand before the start.
     *
     * <p>Jetty opens all connectors before anything else of a server starts, so that a port in use is noticed early. The
     * kernel gives a listener its part of a shared port's connections from that moment on: their clients would wait for
     * the whole start, and be reset if it failed, while another process could serve them. Where another process is on
     * the port, this call therefore only makes sure that the port can be shared, and the listener is opened when all of
     * the server has started. A port below 1024 is opened at once even so, because the right to do that may be given up
     * in between (Jetty's {@code setuid} module).
     *
     * <p>What is done at the JVM's shutdown is done too if that comes while the server starts: as soon as it has started,
     * if the listener is open; otherwise the listener stays closed. If it comes while the server stops, the JVM waits.
     *
     * @throws IOException if it cannot be opened, with a sentence on what to check where the port is taken
     */
    @Override
    public void open() throws IOException {
        Server server = getServer();
        if (server.isRunning()
                && (server.getStopAtShutdown() || drainAtShutdown)
                && (shutdownHook == null || !shutdownHook.isRegistered())) {
            shutdownHook = ShutdownHook.register(server, drainable);
        }
        if (shutdownHook == null) {
            openListener();
        } else {
            shutdownHook.open(this::openListener);
        }
    }

    private void openListener() throws IOException {
        boolean early = getServer().isStarting() && !isStarting();
        if (early && isReusePort() && !isInheritChannel() && SharedPort.isServedByAnotherProcess(address())) {
            LOG.debug("Another process serves {}: {} opens when the server has started", address(), this);
        } else if (!isStarted() && getTransport() instanceof ServerSocketChannel last && !last.isOpen()) {
            open(openAcceptChannel()); // ServerConnector would keep the closed channel and start deaf.
        } else {
            super.open();
        }
    }

    /**
     * Listens on a channel that somebody else has opened. Others may hold it too, as with {@link
     * #setInheritChannel(boolean) inheritChannel}, and what is set on a socket is set for all of them and outlives this
     * process. So nothing is set on it: it is drained with {@link DrainStrategy#TWO_PASS}, and what is then still queued
     * or half-open goes on with the others, if there are any.
     *
     * @param channel the channel, bound
     * @throws IllegalArgumentException if another strategy was asked for by name
     */
    @Override
    public void open(ServerSocketChannel channel) throws IOException {
        super.open(channel);
        if (tracker == null || tracker.isDraining()) {
            if (tracker != null) {
                getSelectorManager().removeEventListener(tracker);
            }
            tracker = new ConnectionTracker(this, this::tellGracefulComponents);
            getSelectorManager().addEventListener(tracker);
        }
        boolean forEachAcceptor = listenerPerAcceptor && isReusePort();
        openListeners = Listeners.open(
                channel == openedHere && !claimed.isEmpty() ? claimed : List.of(channel),
                this,
                channel == openedHere,
                forEachAcceptor,
                drainStrategy,
                this::handOver,
                new ExchangedConnections(),
                log::adopted);
        acceptedFrom = openListeners.acceptedFrom();
        drain = openListeners.drain(tracker);
        drainAfterClose = new Drain(List.of(), ReusePortGroup.NONE, tracker, Drain.Time.SYSTEM);
    }

    /** As {@link ServerConnector#getLocalPort()}, also where a service manager has opened the listener. */
    @Override
    public int getLocalPort() {
        int port = super.getLocalPort();
        try {
            return port > 0 && getTransport() instanceof ServerSocketChannel channel
                    ? AdoptedChannels.addressOf(channel).getPort()
                    : port;
        } catch (IOException x) {
            LOG.debug("Closed meanwhile", x);
            return port;
        }
    }

    /**
     * Opens the listener, or takes one that another process had: from systemd's descriptor store, where it has been since the
     * last stop of this service; or from a process on this port that had taken it over.
     *
     * <p>With {@link #setInheritChannel(boolean) inheritChannel}, one that systemd has passed is taken: by the connector's
     * {@link #getName() name}, by its address, or the only one there is (descriptors from 3 on,
     * sd_listen_fds(3)); otherwise the one that is descriptor 0, as {@link ServerConnector} does.
     *
     * @throws IOException if the port cannot be listened on, with a sentence on what to check where it is taken
     */
    @Override
    protected ServerSocketChannel openAcceptChannel() throws IOException {
        claimed =
                Listeners.stored(address(), getAcceptQueueSize()); // With any strategy: nobody else accepts from them.
        Optional<ServerSocketChannel> passed = claimed.isEmpty() && isInheritChannel()
                ? PassedListeners.ofThisProcess().take(getName(), address())
                : Optional.empty();
        if (passed.isPresent()) {
            openedHere = null;
            return passed.get();
        }
        if (isReusePort() && !isInheritChannel()) {
            SharedPort.requireReusePort();
        }
        Listeners.preload(drainStrategy);
        if (claimed.isEmpty() && mayHandOver() && isReusePort() && !isInheritChannel()) {
            claimed = Listeners.claim(address(), getAcceptQueueSize());
        }
        if (!claimed.isEmpty()) {
            openedHere = claimed.get(0);
            return openedHere;
        }
        try {
            ServerSocketChannel channel = super.openAcceptChannel();
            openedHere = StandardStreams.cameWith(channel) ? null : channel;
            return channel;
        } catch (IOException x) {
            throw x.getCause() instanceof BindException refused ? SharedPort.explained(address(), refused) : x;
        }
    }

    private boolean mayHandOver() {
        return drainStrategy == DrainStrategy.HAND_OVER || drainStrategy == DrainStrategy.AUTO;
    }

    private InetSocketAddress address() {
        return getHost() == null ? new InetSocketAddress(getPort()) : new InetSocketAddress(getHost(), getPort());
    }

    private void handOver(SocketChannel connection) throws IOException {
        serve(connection, null);
    }

    /** Has a selector serve a connection; the attachment is the endpoint's, see {@link TrackedEndPoint}. */
    private void serve(SocketChannel connection, ConnectionEnds attachment) throws IOException {
        if (!getSelectorManager().isRunning()) {
            throw new IOException("not started: a listener that is opened by hand has nobody who serves yet");
        }
        connection.configureBlocking(false);
        configure(connection.socket());
        getSelectorManager().accept(connection, attachment);
    }

    @Override
    protected SocketChannelEndPoint newEndPoint(SocketChannel channel, ManagedSelector selector, SelectionKey key)
            throws IOException {
        // The thread that opens the connection would run its first request: not where requests want virtual threads.
        boolean readAtOnce = !VirtualThreads.isUseVirtualThreads(getExecutor());
        boolean isHttp = getDefaultConnectionFactory().getClass() == HttpConnectionFactory.class;
        SocketChannelEndPoint endPoint =
                TrackedEndPoint.of(channel, selector, key, getScheduler(), tracker, isHttp, readAtOnce);
        endPoint.setIdleTimeout(getIdleTimeout());
        return endPoint;
    }

    /**
     * Also tells a selector that accepts, where there are no acceptor threads. {@link ServerConnector} has it end and begin
     * anew; where two threads call this at once it may end the one that was to stay.
     */
    @Override
    public void setAccepting(boolean accepting) {
        super.setAccepting(accepting);
        Listeners current = openListeners;
        if (current != null) {
            current.acceptingChanged();
        }
    }

    @Override
    public void accept(int acceptor) throws IOException {
        try {
            acceptedFrom.get(acceptor % acceptedFrom.size()).awaitAndAccept(acceptor);
        } catch (InterruptedException x) {
            LOG.debug("Acceptor interrupted", x); // By Jetty, which looks next whether to go on.
        }
    }

    @Override
    protected void doStart() throws Exception {
        requireLegalDefault();
        if (drainSettle >= drainTimeout) {
            throw new IllegalArgumentException("drainSettle is %d ms; allowed is less than drainTimeout, %d ms"
                    .formatted(drainSettle, drainTimeout));
        }
        open();
        requireVisibleSuccessor();
        forEachHttpConfiguration(configuration -> {
            if (!configuration.getCustomizers().contains(tracker)) {
                configuration.addCustomizer(tracker);
            }
        });
        serverStop = new ServerStop(getServer(), drainable);
        getServer().addEventListener(serverStop);
        super.doStart();
        openListeners.join();
        openListeners.detachLeftover(Duration.ofMillis(drainTimeout)); // Of a drain under way at open().
        DrainWarmUp.begin(openListeners.strategy(), this);
        Backlog.warnIfCapped(this, getAcceptQueueSize());
        ConnectionTracker.warnIfHttp1IsHidden();
        LOG.info(
                "{} drains when it is stopped{}: strategy {} ({}), kernel {}, {} on this port, accept queue {},"
                        + " handshakeTimeout {} ms, drainTimeout {} ms",
                this,
                getServer().getStopAtShutdown() || drainAtShutdown
                        ? ""
                        : ", which SIGTERM alone does not (stopAtShutdown and drainAtShutdown are false)",
                openListeners.strategy(),
                openListeners.strategyReason(),
                System.getProperty("os.version"),
                members(),
                Backlog.cap(getAcceptQueueSize()),
                handshakeTimeout,
                drainTimeout);
    }

    private String members() {
        int members = getMembers();
        return members == DrainReport.UNKNOWN ? "unknown members" : members == 1 ? "alone" : members + " members";
    }

    /** A wait for what cannot be seen would only be a delay. */
    private void requireVisibleSuccessor() {
        if (waitForSuccessor > 0 && !isReusePort()) {
            throw new IllegalArgumentException(
                    "waitForSuccessor is %d ms, but reusePort is false, so that nobody else can listen; allowed is 0"
                            .formatted(waitForSuccessor));
        }
        if (waitForSuccessor > 0 && getMembers() == DrainReport.UNKNOWN) {
            throw new IllegalArgumentException(
                    "waitForSuccessor is %d ms, but who else listens cannot be seen here with drainStrategy %s (%s); allowed is 0"
                            .formatted(waitForSuccessor, openListeners.strategy(), openListeners.strategyReason()));
        }
    }

    @Override
    protected void doStop() throws Exception {
        drain(DrainReport.Reason.CONNECTOR_STOP);
        if (tracker != null) {
            tracker.selectorsStop();
        }
        try {
            super.doStop();
        } finally {
            getServer().removeEventListener(serverStop);
            releaseShutdownHook();
            forEachHttpConfiguration(
                    configuration -> configuration.getCustomizers().remove(tracker));
        }
    }

    /** Drains, then does what {@link ServerConnector#shutdown()} does. Blocks while it drains. */
    @Override
    public CompletableFuture<Void> shutdown() {
        drain(DrainReport.Reason.SHUTDOWN);
        return super.shutdown();
    }

    /**
     * Closes the listener, and nothing else: connections that wait in its accept queue are accepted first, and those that
     * are open go on. Blocks while it accepts, for {@link #getHandshakeTimeout() handshakeTimeout} at most as long as
     * there is room for what it accepts. A stop that comes later drains the connections that are still open.
     */
    @Override
    public void close() {
        drain(DrainReport.Reason.CLOSE);
        super.close();
        if (!isRunning()) {
            releaseShutdownHook(); // It was opened by hand, and never started.
        }
    }

    private void releaseShutdownHook() {
        if (shutdownHook != null) {
            shutdownHook.release();
        }
    }

    /**
     * Tells whether the shutdown has begun. In a stop of the server it has as soon as nobody but requests in flight is
     * waited for: Jetty ends connections from then on, also those whose response has been committed as kept alive.
     */
    @Override
    public boolean isShutdown() {
        ServerStop current = serverStop;
        if (super.isShutdown() || current == null || !current.hasToldComponents()) {
            return super.isShutdown();
        }
        // HttpConnection asks in order to end connections, with which another process may go on.
        boolean ends = tracker == null || !tracker.handsConnectionsOver();
        return ends || !CALLERS.getCallerClass().getName().startsWith(HTTP_1);
    }

    @Override
    public void dump(Appendable out, String indent) throws IOException {
        dumpObjects(
                out,
                indent,
                "idleTimeout=" + getIdleTimeout(),
                "shutdownIdleTimeout=" + getShutdownIdleTimeout(),
                "drainStrategy=" + drainStrategy,
                "drainStrategyInUse=%s (%s)".formatted(getDrainStrategyInUse(), getDrainStrategyReason()),
                "drainSettle=" + drainSettle,
                "handshakeTimeout=" + handshakeTimeout,
                "keepAliveGrace=" + keepAliveGrace,
                "drainTimeout=" + drainTimeout,
                "preDrainDelay=" + preDrainDelay,
                "waitForSuccessor=" + waitForSuccessor,
                "listenerPerAcceptor=" + listenerPerAcceptor,
                "drainAtShutdown=" + drainAtShutdown,
                "handOverConnections=" + handOverConnections,
                "readiness=" + readiness(),
                "members=" + getMembers(),
                "keeper=" + getKeeper(),
                "wards=" + getWards(),
                "adopted=" + getAdopted(),
                "lastAdoption=" + getLastAdoption(),
                "acceptQueueLength=" + getAcceptQueueLength(),
                tracker,
                "lastDrain=" + getLastDrain());
    }

    /** Includes configurations that are found in factories inside others, as DetectorConnectionFactory has them. */
    private void forEachHttpConfiguration(Consumer<HttpConfiguration> action) {
        getContainedBeans(HttpConfiguration.ConnectionFactory.class).stream()
                .map(HttpConfiguration.ConnectionFactory::getHttpConfiguration)
                .distinct()
                .forEach(action);
    }

    private void tellGracefulComponents() {
        ServerStop current = serverStop;
        if (current != null) {
            current.tellGracefulComponents();
        }
    }

    Readiness readiness() {
        Drain current = drain;
        if (current != null && current.isBegun()) {
            return Readiness.DRAINING;
        }
        return isStarted() ? Readiness.READY : Readiness.STARTING;
    }

    /** The drain that a stop asks for: once close() has closed the listeners, the one of the connections that live on. */
    private Drain currentDrain() {
        Drain first = drain;
        return first != null && first.reason() == DrainReport.Reason.CLOSE ? drainAfterClose : first;
    }

    private void drain(DrainReport.Reason reason) {
        Drain first = drain;
        if (first == null || log.isTelling()) {
            return;
        }
        first.drain(reason, settings(), log);
        Drain next = currentDrain();
        if (next != first && reason != DrainReport.Reason.CLOSE) {
            next.drain(reason, settings(), log);
        }
    }

    private Drain.Settings settings() {
        Duration limit = longestDrain();
        return new Drain.Settings(
                openListeners.strategy(),
                openListeners.strategyReason(),
                openListeners.instead(),
                openListeners.insteadReason(),
                Duration.ofMillis(drainSettle),
                Duration.ofMillis(handshakeTimeout),
                Duration.ofMillis(Math.min(keepAliveGrace, limit.toMillis() / 2)),
                limit,
                Duration.ofMillis(preDrainDelay),
                Duration.ofMillis(waitForSuccessor));
    }

    private Duration longestDrain() {
        long stopTimeout = getServer().getStopTimeout();
        return Duration.ofMillis(stopTimeout > 0 ? Math.min(stopTimeout, drainTimeout) : drainTimeout);
    }

    private final class DrainingSelectorManager extends ServerConnectorManager {
        private DrainingSelectorManager(Executor executor, Scheduler scheduler, int selectors) {
            super(executor, scheduler, selectors);
        }

        @Override
        public Closeable acceptor(SelectableChannel server) {
            acceptedFrom.get(0).acceptOn(chooseSelector()); // Without acceptors there is one listener.
            return () -> {}; // See setAccepting.
        }
    }

    /** The connections that go on in another process, or come from one. */
    private final class ExchangedConnections implements OpenConnections {
        /** An AcceptListener is given a channel whose addresses are not the client's; those of Jetty do not look. */
        @Override
        public String speak() {
            boolean movable = handOverConnections
                    && HttpVersion.HTTP_1_1.is(getDefaultProtocol())
                    && getSelectorManager().getEventListeners().stream()
                            .allMatch(DrainingServerConnector::isIndifferentToAddresses);
            return movable ? nameOf(DrainingServerConnector.this) + factories() : "";
        }

        private String factories() {
            return getConnectionFactories().stream()
                    .map(factory -> nameOf(factory) + factory.getProtocols())
                    .collect(Collectors.joining(" ", " ", ""));
        }

        private static String nameOf(Object object) {
            return object.getClass().getName();
        }

        @Override
        public void serve(SocketChannel connection, ConnectionEnds ends) throws IOException {
            DrainingServerConnector.this.serve(connection, ends);
        }
    }

    private static boolean isIndifferentToAddresses(EventListener listener) {
        return !(listener instanceof SelectorManager.AcceptListener)
                || listener instanceof ConnectionTracker
                || listener.getClass().getPackage() == Server.class.getPackage();
    }

    /** What a stop of the server, or of the JVM, asks of this connector. */
    private final class ServerStopSide implements Drainable {
        @Override
        public void drain(DrainReport.Reason reason) {
            DrainingServerConnector.this.drain(reason);
        }

        @Override
        public void drainServer() {
            ServerStop current = serverStop;
            if (current != null) {
                current.drainAll();
            }
        }

        @Override
        public boolean isDrained() {
            Drain current = currentDrain();
            return current == null || current.report() != null;
        }

        @Override
        public boolean hasOnlyRequestsLeft() {
            ConnectionTracker current = tracker;
            return current == null || current.hasOnlyRequestsLeft();
        }

        @Override
        public int requestsInFlight() {
            ConnectionTracker current = tracker;
            return current == null ? 0 : current.requestsInFlight();
        }

        @Override
        public boolean isCallerServing() {
            ConnectionTracker current = tracker;
            return current != null && current.isCallerServing();
        }

        @Override
        public Duration longestDrain() {
            return DrainingServerConnector.this.longestDrain();
        }

        @Override
        public Duration longestStop() {
            return longestDrain()
                    .plusMillis(Math.max(preDrainDelay, waitForSuccessor))
                    .plusMillis(2 * DrainListeners.LIMIT_MILLIS)
                    .plusMillis(Math.min(getServer().getStopTimeout(), FOR_EVER_MILLIS));
        }

        @Override
        public int acceptQueueLength() {
            return getAcceptQueueLength();
        }

        @Override
        public String toString() {
            return DrainingServerConnector.this.toString();
        }
    }
}
