package io.sluice.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sluice.DrainStrategy;
import io.sluice.DrainingServerConnector;
import io.sluice.linux.TestGroup.Bound;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.util.component.LifeCycle;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** Somebody has the turn to drain when a server starts: another process that drains, or a user who wants to disturb. */
@Timeout(60)
@EnabledOnOs(OS.LINUX)
class TakenTurnTest extends LiveListeners {
    private final Server server = new Server();
    private TestGroup group;
    private DrainLock turn;

    @BeforeEach
    void take() throws Exception {
        assumeTrue(Features.detect().obstacleToSteering().isEmpty());
        group = group(Bound.IPV4_MAPPED, 2);
        turn = new DrainLock("127.0.0.1-" + group.port());
        assertTrue(turn.tryLock(Duration.ZERO));
        DrainingServerConnector connector = new DrainingServerConnector(server, 1, 1);
        connector.setHost("127.0.0.1");
        connector.setPort(group.port());
        connector.setDrainStrategy(DrainStrategy.STEER);
        server.addConnector(connector);
    }

    @AfterEach
    void release() {
        turn.unlock();
        LifeCycle.stop(server);
    }

    /** It took three seconds. */
    @Test
    void theStartDoesNotWait() throws Exception {
        Features.preload(); // Which may take long for other reasons.
        long begun = System.nanoTime();

        server.start();

        long took = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begun);
        assertTrue(took < 2000, took + " ms");
    }

    /** What it leaves behind is detached soon after, and not before. */
    @Test
    void whatADrainUnderWayLeavesIsDetachedWhenItIsOver() throws Exception {
        listener(group.member(1)).attachToGroup(Bpf.onlyTo(0));
        server.start();
        TimeUnit.MILLISECONDS.sleep(100);
        assertEquals(0, arrivedAt(1));

        turn.unlock();

        Awaitility.await().atMost(10, TimeUnit.SECONDS).until(() -> arrivedAt(1) > 0);
    }

    private int arrivedAt(int member) throws Exception {
        group.connect(20); // Some of them are the server's.
        TimeUnit.MILLISECONDS.sleep(50);
        int[] arrived = group.accept(0);
        assertTrue(Arrays.stream(arrived).sum() <= 20);
        return arrived[member];
    }
}
