package io.sluice.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.examples.rolling.ClosedLoop;
import io.sluice.examples.rolling.Outcomes;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Two processes of the Spring Boot example, restarted one after another under short connections and kept-alive ones at
 * the same time. A busy one has more clients than threads for requests.
 */
@Timeout(300)
class SpringBootIT {
    private static final String SPRING_BOOT_4 = "spring-boot";
    private static final String SPRING_BOOT_3 = "spring-boot-3";
    private static final int RESTARTS = 3;
    private static final int RESTARTS_OF_STOCK = 2;
    private static final int SHORT = 2; // They pause for nothing, and a start wants some of the machine too.
    private static final int SHORT_OF_BUSY = 32;
    private static final int KEPT_ALIVE = 32;
    private static final Duration PAUSE = Duration.ofMillis(300);
    private static final Duration REQUEST_LIMIT = Duration.ofSeconds(10);
    private static final Duration BETWEEN = Duration.ofMillis(300);
    private static final String[] BUSY = {"--example.delay=50ms", "--server.jetty.threads.max=8"};

    /** What became of the requests of each kind. */
    private record Load(Outcomes shortOnes, Outcomes keptAlive) {}

    @ParameterizedTest
    @CsvSource({
        SPRING_BOOT_4 + ", graceful",
        SPRING_BOOT_4 + ", immediate",
        SPRING_BOOT_3 + ", graceful",
        SPRING_BOOT_3 + ", immediate"
    })
    void nobodyNoticesARestart(String example, String shutdown) throws Exception {
        assertNobodyLost(example, SHORT, "--server.shutdown=" + shutdown);
    }

    @ParameterizedTest
    @ValueSource(strings = {"graceful", "immediate"})
    void nobodyNoticesARestartOfBusyApplications(String shutdown) throws Exception {
        assertNobodyLost(SPRING_BOOT_4, SHORT_OF_BUSY, "--server.shutdown=" + shutdown, BUSY[0], BUSY[1]);
    }

    private static void assertNobodyLost(String example, int clients, String... properties) throws Exception {
        try (SpringBootApplications applications = new SpringBootApplications(example, properties)) {
            Load load = restartUnderLoad(applications, RESTARTS, clients);

            assertEquals(0, load.shortOnes.lost(), () -> load + " " + applications.drains());
            assertEquals(0, load.keptAlive.lost(), () -> load + " " + applications.drains());
            assertEquals(RESTARTS, applications.drains().size(), () -> "" + applications.drains());
        }
    }

    /** The same with Jetty's own connector: kept-alive connections are closed while a request is on its way. */
    @ParameterizedTest
    @ValueSource(strings = {"graceful", "immediate"})
    void theStockConnectorLosesSome(String shutdown) throws Exception {
        try (SpringBootApplications applications = new SpringBootApplications(
                SPRING_BOOT_4, "--server.shutdown=" + shutdown, "--sluice.enabled=false", "--example.stock=true")) {
            Load load = restartUnderLoad(applications, RESTARTS_OF_STOCK, SHORT);

            assertTrue(load.shortOnes.lost() + load.keptAlive.lost() > 0, load::toString);
            assertEquals(0, applications.drains().size());
        }
    }

    private static Load restartUnderLoad(SpringBootApplications applications, int restarts, int clients)
            throws Exception {
        applications.start();
        try (ClosedLoop shortOnes = ClosedLoop.start(applications.address(), clients, REQUEST_LIMIT);
                KeepAliveLoop keptAlive =
                        KeepAliveLoop.start(applications.address(), KEPT_ALIVE, PAUSE, REQUEST_LIMIT)) {
            for (int i = 0; i < restarts; i++) {
                applications.start();
                TimeUnit.NANOSECONDS.sleep(BETWEEN.toNanos());
                applications.terminateOldest();
            }
            applications.awaitTerminated();
            return new Load(shortOnes.stop().outcomes(), keptAlive.stop().outcomes());
        }
    }
}
