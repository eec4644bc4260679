package io.sluice.it.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The example for HAProxy: two hosts behind it are restarted one after the other under HTTP/1.1 and HTTP/2. */
@Timeout(120)
class HaproxyIT {
    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final Duration PRE_DRAIN_DELAY = Duration.ofSeconds(2);
    private static final int TRIES = 3;

    /** With HTTP/1.1 to the workers, and with HTTP/2. */
    private static final int[] PORTS = {8080, 8081};

    @TempDir
    private Path directory;

    @Test
    void nobodyNoticesARollingRestart() throws Exception {
        List<FrontLoad.Count> counts = restartAll(directory, PRE_DRAIN_DELAY);

        assertEquals(0, failed(counts), counts::toString);
    }

    /** Without the delay, HAProxy sends requests to a host that listens no more: the test above sees the difference. */
    @Test
    void withoutTheDelaySomeFail() throws Exception {
        long failed = 0;
        for (int i = 0; i < TRIES && failed == 0; i++) {
            failed = failed(restartAll(Files.createDirectory(directory.resolve("try" + i)), Duration.ZERO));
        }

        assertTrue(failed > 0, "nothing failed");
    }

    private static long failed(List<FrontLoad.Count> counts) {
        return counts.stream().mapToLong(FrontLoad.Count::failed).sum();
    }

    private static long sum(List<String> values) {
        return values.stream().mapToLong(Long::parseLong).sum();
    }

    private static List<FrontLoad.Count> restartAll(Path directory, Duration preDrainDelay) throws Exception {
        try (HaproxySite site = new HaproxySite(directory, preDrainDelay);
                FrontLoad load = new FrontLoad(site.front(), PORTS)) {
            Awaitility.await().atMost(LIMIT).until(() -> load.runs() >= 2L * PORTS.length);
            long start = System.nanoTime();
            site.restartAll();
            long millis = Duration.ofNanos(System.nanoTime() - start).toMillis();
            List<FrontLoad.Count> counts = load.stop();
            System.out.printf(
                    "%d hosts restarted in %d ms, preDrainDelay %d ms:%n",
                    site.hosts(), millis, preDrainDelay.toMillis());
            counts.forEach(count -> System.out.println("  " + count));
            assertTrue(sum(site.column("reuse")) > sum(site.column("connect")), "connections were not kept alive");
            return counts;
        }
    }
}
