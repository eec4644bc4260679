package io.sluice;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Executor;
import org.eclipse.jetty.http2.server.HTTP2CServerConnectionFactory;
import org.eclipse.jetty.io.ArrayByteBufferPool;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.LowResourceMonitor;
import org.eclipse.jetty.server.NetworkConnectionLimit;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.component.AbstractLifeCycle;
import org.eclipse.jetty.util.component.LifeCycle;
import org.eclipse.jetty.util.thread.ScheduledExecutorScheduler;
import org.eclipse.jetty.util.thread.Scheduler;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A replaced connector has all that the application gave the one before. */
class DrainingConnectorsTest {
    /** Has another default, or is no value and has a test of its own. */
    private static final Set<String> NOT_COPIED = Set.of("ReusePort", "ConnectionFactories", "Beans", "EventListeners");

    private final Server server = new Server();

    private DrainingServerConnector replace(ServerConnector plain) {
        server.addConnector(plain);
        DrainingConnectors.replaceIn(server);
        return assertInstanceOf(DrainingServerConnector.class, server.getConnectors()[0]);
    }

    /** All that has a getter and a setter in Jetty's connector, also what later versions may add. */
    @Test
    void everySettingIsCopied() throws Exception {
        ServerConnector plain = new ServerConnector(server);
        List<String> names = new ArrayList<>();
        for (Method setter : ServerConnector.class.getMethods()) {
            String name = setter.getName().replaceFirst("^set", "");
            if (setter.getName().startsWith("set") && setter.getParameterCount() == 1 && !NOT_COPIED.contains(name)) {
                Object before = getter(name).invoke(plain);
                Object changed = otherThan(before, setter.getParameterTypes()[0], name);
                setter.invoke(plain, changed);
                assertNotEquals(before, getter(name).invoke(plain), name);
                names.add(name);
            }
        }

        DrainingServerConnector draining = replace(plain);

        assertTrue(names.containsAll(List.of("Port", "Host", "IdleTimeout", "AcceptQueueSize", "InheritChannel")));
        for (String name : names) {
            assertEquals(getter(name).invoke(plain), getter(name).invoke(draining), name);
        }
    }

    private static Method getter(String name) {
        return Arrays.stream(ServerConnector.class.getMethods())
                .filter(method -> method.getParameterCount() == 0)
                .filter(method -> method.getName().equals("get" + name)
                        || method.getName().equals("is" + name))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no getter of " + name));
    }

    private static Object otherThan(Object value, Class<?> type, String name) {
        if (type == boolean.class) {
            return !(Boolean) value;
        } else if (type == int.class) {
            return (Integer) value + 3;
        } else if (type == long.class) {
            return (Long) value + 3;
        } else if (type == String.class) {
            return name.toLowerCase(Locale.ROOT);
        }
        throw new AssertionError("cannot think of another " + name);
    }

    @Test
    void theAcceptQueueIsLongUnlessSomebodyHasSetIt() {
        assertEquals(
                new DrainingServerConnector(server).getAcceptQueueSize(),
                replace(new ServerConnector(server)).getAcceptQueueSize());
    }

    @Test
    void partsAreKept() {
        Executor executor = server.getThreadPool()::execute;
        Scheduler scheduler = new ScheduledExecutorScheduler();
        ArrayByteBufferPool buffers = new ArrayByteBufferPool();
        HttpConnectionFactory http = new HttpConnectionFactory();
        HTTP2CServerConnectionFactory h2c = new HTTP2CServerConnectionFactory(http.getHttpConfiguration());

        DrainingServerConnector draining =
                replace(new ServerConnector(server, executor, scheduler, buffers, 2, 3, http, h2c));

        assertSame(executor, draining.getExecutor());
        assertSame(scheduler, draining.getScheduler());
        assertSame(buffers, draining.getByteBufferPool());
        assertEquals(2, draining.getAcceptors());
        assertEquals(3, draining.getSelectorManager().getSelectorCount());
        assertEquals(List.of(http, h2c), List.copyOf(draining.getConnectionFactories()));
        assertSame(http, draining.getDefaultConnectionFactory());
    }

    /** What belongs to the server is not the connector's to start and stop. */
    @Test
    void theServersPartsStayTheServers() {
        DrainingServerConnector draining = replace(new ServerConnector(server));

        assertTrue(draining.isUnmanaged(server.getThreadPool()));
        assertTrue(draining.isUnmanaged(server.getScheduler()));
        assertTrue(draining.isUnmanaged(server.getByteBufferPool()));
    }

    @Test
    void beansAndListenersAreKept() {
        ServerConnector plain = new ServerConnector(server);
        Connection.Listener listener = new Connection.Listener() {};
        LifeCycle managed = new AbstractLifeCycle() {};
        LifeCycle unmanaged = new AbstractLifeCycle() {};
        LifeCycle undecided = new AbstractLifeCycle() {};
        plain.addEventListener(listener);
        plain.addBean(managed, true);
        plain.addBean(unmanaged, false);
        plain.addBean(undecided);
        plain.addBean("a thing");

        DrainingServerConnector draining = replace(plain);

        assertTrue(draining.getEventListeners().contains(listener));
        assertTrue(draining.isManaged(managed));
        assertTrue(draining.isUnmanaged(unmanaged));
        assertTrue(draining.isAuto(undecided));
        assertTrue(draining.contains("a thing"));
        assertEquals(
                plain.getBeans().size(),
                draining.getBeans().size(),
                () -> plain.getBeans() + " " + draining.getBeans());
    }

    /** It has a socket already, which cannot be taken over unseen. */
    @Test
    void anOpenConnectorIsLeftAlone() throws Exception {
        try (ServerConnector open = new ServerConnector(server)) {
            open.setHost("127.0.0.1");
            open.open();
            server.addConnector(open);

            DrainingConnectors.replaceIn(server);

            assertSame(open, server.getConnectors()[0]);
            assertTrue(open.isOpen());
        }
    }

    @Test
    void theOrderOfConnectorsIsKept() {
        for (int port = 1; port <= 3; port++) {
            ServerConnector plain = port == 2 ? new DrainingServerConnector(server) : new ServerConnector(server);
            plain.setPort(port);
            server.addConnector(plain);
        }

        DrainingConnectors.replaceIn(server);

        assertEquals(
                List.of(1, 2, 3),
                Arrays.stream(server.getConnectors())
                        .map(connector -> ((ServerConnector) connector).getPort())
                        .toList());
        assertFalse(server.getBeans(ServerConnector.class).stream()
                .anyMatch(connector -> connector.getClass() == ServerConnector.class));
    }

    /** They are told in their order, and set as the caller likes. */
    @Test
    void theCallerHasTheLastWord() {
        ServerConnector first = new ServerConnector(server);
        first.setIdleTimeout(1);
        server.addConnector(first);
        server.addConnector(new Odd(server));
        server.addConnector(new ServerConnector(server));

        List<DrainingServerConnector> made = DrainingConnectors.replaceIn(
                server, connector -> connector instanceof Odd, connector -> connector.setIdleTimeout(7));

        assertEquals(List.of(server.getConnectors()), made);
        assertTrue(made.stream().allMatch(connector -> connector.getIdleTimeout() == 7));
    }

    /** What a subclass does is not known: it goes on doing it. */
    @Test
    void aSubclassIsLeftAlone() {
        Odd odd = new Odd(server);
        server.addConnector(odd);

        try (CapturedLog log = new CapturedLog()) {
            assertEquals(List.of(), DrainingConnectors.replaceIn(server));
            assertEquals(1, log.alarms().size(), log.alarms()::toString);
            assertTrue(log.alarms().get(0).contains("as it is, because it is a " + Odd.class.getName()));
        }
        assertSame(odd, server.getConnectors()[0]);
    }

    private static final class Odd extends ServerConnector {
        private Odd(Server server) {
            super(server);
        }
    }

    /** As of a framework that adds its connectors later. */
    @Test
    void aServerWithoutConnectorsIsTold() {
        try (CapturedLog log = new CapturedLog()) {
            assertEquals(List.of(), DrainingConnectors.replaceIn(server));
            assertTrue(log.alarms().get(0).contains("has no connectors yet"), log.alarms()::toString);
        }
    }

    /** Again, as by somebody who cannot know: there is nothing to do, nor to tell. */
    @Test
    void whatDrainsAlreadyIsKept() {
        DrainingServerConnector draining = replace(new ServerConnector(server));

        try (CapturedLog log = new CapturedLog()) {
            assertEquals(List.of(), DrainingConnectors.replaceIn(server));
            assertEquals(List.of(), log.alarms());
        }
        assertSame(draining, server.getConnectors()[0]);
    }

    @Test
    void aServerThatRunsIsRefused() throws Exception {
        server.start();
        try {
            Exception refused = assertThrows(IllegalStateException.class, () -> DrainingConnectors.replaceIn(server));
            assertEquals(
                    "the server is STARTED; its connectors can be replaced before it is started", refused.getMessage());
        } finally {
            server.stop();
        }
    }

    /** One that was made for one of two connectors limits that one, and one of all limits all. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aLimitLimitsWhatItLimitedBefore(boolean all) throws Exception {
        ServerConnector first = new ServerConnector(server);
        server.addConnector(first);
        server.addConnector(new ServerConnector(server));
        NetworkConnectionLimit limit =
                all ? new NetworkConnectionLimit(3, server) : new NetworkConnectionLimit(3, first);
        limit.setEndPointIdleTimeout(5);
        server.addBean(limit);

        List<DrainingServerConnector> made = DrainingConnectors.replaceIn(server);

        NetworkConnectionLimit now = server.getBean(NetworkConnectionLimit.class);
        assertEquals(3, now.getMaxNetworkConnectionCount());
        assertEquals(5, now.getEndPointIdleTimeout());
        LifeCycle.start(now);
        assertTrue(made.get(0).contains(now));
        assertEquals(all, made.get(1).contains(now));
        assertEquals(1, server.getBeans(NetworkConnectionLimit.class).size());
    }

    /** As a bean of its connector it would be copied, and go on to stop the old one from accepting. */
    @Test
    void aLimitOfTheConnectorsOwnLimitsTheNewOne() {
        ServerConnector plain = new ServerConnector(server);
        NetworkConnectionLimit limit = new NetworkConnectionLimit(3, plain);
        plain.addBean(limit);

        DrainingServerConnector draining = replace(plain);

        NetworkConnectionLimit now = draining.getBean(NetworkConnectionLimit.class);
        assertNotSame(limit, now);
        assertEquals(3, now.getMaxNetworkConnectionCount());
        assertEquals(1, draining.getBeans(NetworkConnectionLimit.class).size());
    }

    @Test
    void aMonitorSeesTheNewOne() {
        ServerConnector plain = new ServerConnector(server);
        server.addConnector(plain);
        LowResourceMonitor monitor = new LowResourceMonitor(server);
        monitor.setMonitoredConnectors(List.of(plain));
        server.addBean(monitor);

        assertEquals(Set.copyOf(DrainingConnectors.replaceIn(server)), Set.copyOf(monitor.getMonitoredConnectors()));
    }
}
