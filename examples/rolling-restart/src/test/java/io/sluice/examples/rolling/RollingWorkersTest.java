package io.sluice.examples.rolling;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.examples.rolling.WorkerState.Doing;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class RollingWorkersTest {
    private final Timeline timeline = new Timeline(System.nanoTime(), Duration.ZERO, Duration.ZERO);

    @TempDir
    Path directory;

    private ReservedPort reserved;

    @BeforeEach
    void reserve() throws IOException {
        reserved = ReservedPort.any();
    }

    @AfterEach
    void release() throws IOException {
        reserved.close();
    }

    private RollingWorkers workers(Class<?> main, Strategy strategy) throws IOException {
        Path jar = FakeWorker.jar(directory, main);
        LoadWorkers workers = new LoadWorkers(SampleResults.SCENARIO, jar, reserved.address());
        return new RollingWorkers(() -> workers.start(strategy), strategy.isSluice());
    }

    @Test
    void theOldestIsReplaced() throws Exception {
        try (RollingWorkers workers = workers(FakeWorker.class, Strategy.AUTO)) {
            workers.start(2);
            List<WorkerState> before = workers.states();
            Restart restart = workers.restartOldest(1, timeline);
            List<WorkerState> after = workers.states();
            assertEquals(2, after.size());
            assertEquals(before.get(1), after.get(0));
            assertEquals(new WorkerState(restart.newPid(), Doing.SERVING), after.get(1));
            assertEquals(before.get(0).pid(), restart.oldPid());
            assertTrue(restart.started().compareTo(restart.ready()) < 0, restart::toString);
            assertTrue(restart.ready().compareTo(restart.ended()) < 0, restart::toString);
        }
    }

    /** Or the figures would not be those of the strategy. */
    @Test
    void aWorkerOfSluiceHasToDrain() throws Exception {
        try (RollingWorkers workers = workers(FakeWorker.Lossy.class, Strategy.AUTO)) {
            workers.start(1);
            String message = assertThrows(WorkerException.class, () -> workers.restartOldest(1, timeline))
                    .getMessage();
            assertTrue(message.contains("ended without a drain"), message);
        }
    }

    @Test
    void aStockWorkerDoesNot() throws Exception {
        try (RollingWorkers workers = workers(FakeWorker.Lossy.class, Strategy.STOCK)) {
            workers.start(1);
            assertEquals(1, workers.restartOldest(1, timeline).number());
        }
    }

    @Test
    void aWorkerThatCrashedIsAnError() throws Exception {
        try (RollingWorkers workers = workers(FakeWorker.class, Strategy.STOCK)) {
            workers.start(1);
            ProcessHandle.of(workers.states().get(0).pid()).orElseThrow().destroyForcibly();
            String message = assertThrows(WorkerException.class, () -> workers.restartOldest(1, timeline))
                    .getMessage();
            assertTrue(message.contains("ended with exit code 137"), message);
        }
    }

    @Test
    void closeLeavesNoProcess() throws Exception {
        List<Long> before = children();
        RollingWorkers workers = workers(FakeWorker.class, Strategy.AUTO);
        workers.start(2);
        assertEquals(2, children().size() - before.size());
        workers.close();
        assertEquals(before, children());
        assertThrows(WorkerException.class, () -> workers.restartOldest(1, timeline));
    }

    private static List<Long> children() {
        try (Stream<ProcessHandle> children = ProcessHandle.current().children()) {
            return children.filter(ProcessHandle::isAlive)
                    .map(ProcessHandle::pid)
                    .sorted()
                    .toList();
        }
    }
}
