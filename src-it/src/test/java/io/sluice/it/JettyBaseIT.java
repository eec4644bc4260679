package io.sluice.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.examples.rolling.ClosedLoop;
import io.sluice.examples.rolling.ReservedPort;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import javax.net.SocketFactory;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Two bases of real jetty-homes on one port, stopped and started again one after the other. */
@Timeout(120)
class JettyBaseIT {
    private static final int BRIEF_CLIENTS = 64;
    private static final int KEPT_CLIENTS = 4;
    private static final int STOCK_RESTARTS = 6;

    /** Some six for requests, so that there are more clients than threads, and many wait for their answer at a stop. */
    private static final List<String> BUSY =
            List.of("jetty.threadPool.maxThreads=10", "jetty.threadPool.reservedThreads=0");

    private static JettyBases bases;

    @BeforeAll
    static void create(@TempDir Path directory) {
        bases = new JettyBases(directory);
    }

    @AfterEach
    void stopAll() {
        bases.stopAll();
    }

    /** Each of them is stopped in each way. */
    @ParameterizedTest(name = "jetty-home {0} with {1}")
    @CsvSource(
            delimiter = ';',
            value = {
                "12.1; " + JettyBases.EXAMPLE,
                "12.1; sluice-http,http2c,graceful,ee10-deploy",
                "12.0; sluice-http,http2c,graceful,ee10-deploy",
            })
    void nobodyNoticesARestart(String home, String modules) throws Exception {
        try (ReservedPort port = ReservedPort.any()) {
            List<String> properties = busy(port);
            List<JettyBase> both = startTwo(home, modules, properties);
            try (ClosedLoop brief = ClosedLoop.start(port.address(), BRIEF_CLIENTS, Workers.LIMIT);
                    KeepAliveLoop kept =
                            KeepAliveLoop.start(port.address(), KEPT_CLIENTS, Duration.ZERO, Workers.LIMIT)) {
                for (JettyBase.Stop how : JettyBase.Stop.values()) {
                    for (JettyBase base : both) {
                        awaitMore(brief::requests, 100);
                        awaitMore(kept::requests, 20);
                        base.stop(how);
                        JettyBases.assertNobodyWasLost(1, base);
                        JettyBases.start(properties, base);
                    }
                }
                awaitMore(brief::requests, 100);
                ClosedLoop.Result briefly = brief.stop();
                KeepAliveLoop.Result keeping = kept.stop();

                assertEquals(0, briefly.outcomes().lost(), briefly::toString);
                assertEquals(0, keeping.outcomes().lost(), keeping::toString);
            }
        }
    }

    /** Jetty's own module loses in the same restarts: the test above sees the bug. */
    @Test
    void jettysOwnModuleLoses() throws Exception {
        try (ReservedPort port = ReservedPort.any()) {
            List<String> properties = busy(port);
            properties.add("jetty.http.reusePort=true");
            List<JettyBase> both = startTwo("12.1", "http,http2c,graceful,ee10-deploy", properties);
            int lost = 0;
            for (int i = 0; i < STOCK_RESTARTS && lost == 0; i++) {
                try (ClosedLoop brief = ClosedLoop.start(port.address(), BRIEF_CLIENTS, Workers.LIMIT)) {
                    awaitMore(brief::requests, 100);
                    JettyBase base = both.get(i % both.size());
                    base.stop(JettyBase.Stop.SIGTERM);
                    JettyBases.start(properties, base);
                    lost = brief.stop().outcomes().lost();
                }
            }

            assertTrue(lost > 0, "nothing was lost in " + STOCK_RESTARTS + " restarts");
        }
    }

    /** With and without TLS at the same time. */
    @Test
    void nobodyNoticesARestartOfTwoConnectors() throws Exception {
        try (ReservedPort http = ReservedPort.any();
                ReservedPort https = ReservedPort.any()) {
            List<String> properties = JettyBases.listening(http, https);
            List<JettyBase> both =
                    startTwo("12.1", "sluice-http,sluice-ssl,https,http2,graceful,ee11-deploy", properties);
            try (KeepAliveLoop clear = keepAlive(SocketFactory.getDefault(), http);
                    KeepAliveLoop encrypted = keepAlive(JettyBases.trust().getSocketFactory(), https)) {
                for (JettyBase base : both) {
                    awaitMore(clear::requests, 100);
                    awaitMore(encrypted::requests, 100);
                    base.stop(JettyBase.Stop.SIGTERM);
                    JettyBases.assertNobodyWasLost(2, base);
                    JettyBases.start(properties, base);
                }
                awaitMore(encrypted::requests, 100);

                for (KeepAliveLoop load : List.of(clear, encrypted)) {
                    KeepAliveLoop.Result result = load.stop();
                    assertEquals(0, result.outcomes().lost(), result::toString);
                }
            }
        }
    }

    /** With a new connection now and then, so that a stop meets some. */
    private static KeepAliveLoop keepAlive(SocketFactory sockets, ReservedPort port) {
        return KeepAliveLoop.start(sockets, 10, port.address(), KEPT_CLIENTS, Duration.ZERO, Workers.LIMIT);
    }

    private static List<String> busy(ReservedPort port) {
        List<String> properties = new ArrayList<>(JettyBases.listening(port));
        properties.addAll(BUSY);
        return properties;
    }

    private static List<JettyBase> startTwo(String home, String modules, List<String> properties) throws Exception {
        List<JettyBase> both = List.of(bases.copy(home, modules), bases.copy(home, modules));
        JettyBases.start(properties, both.get(0), both.get(1));
        return both;
    }

    private static void awaitMore(LongSupplier requests, int more) {
        long until = requests.getAsLong() + more;
        Awaitility.await().atMost(Workers.LIMIT).until(() -> requests.getAsLong() >= until);
    }
}
