package io.sluice.examples.rolling;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class WorkerProcessTest {
    private static final Duration LIMIT = Duration.ofSeconds(30);

    @TempDir
    Path directory;

    private WorkerProcess start(Class<?> main, String... args) throws Exception {
        return WorkerProcess.start(FakeWorker.jar(directory, main), List.of(args));
    }

    private static Outcomes fire(WorkerProcess worker, int clients) throws InterruptedException {
        return BurstClient.fire(new InetSocketAddress("127.0.0.1", worker.port()), clients, LIMIT);
    }

    @Test
    void tellsWhatTheWorkerPrints() throws Exception {
        try (WorkerProcess worker = start(FakeWorker.class, "--connector=draining", "--max-requests=1")) {
            assertThrows(IllegalStateException.class, worker::port, "not ready yet");
            worker.awaitReady(LIMIT);
            assertEquals("ok 3", fire(worker, 3).toString());
            assertEquals(0, worker.awaitExit(LIMIT));
            assertEquals(Optional.of("{\"firstPass\":2}"), worker.drained());
            assertTrue(worker.output().get(0).startsWith("READY pid=" + worker.pid() + " port=" + worker.port()));
        }
    }

    @Test
    void terminateIsSigterm() throws Exception {
        try (WorkerProcess worker = start(FakeWorker.class, "--max-requests=1")) {
            worker.awaitReady(LIMIT);
            worker.terminate();
            assertEquals(128 + 15, worker.awaitExit(LIMIT));
            assertEquals(Optional.empty(), worker.drained());
        }
    }

    /** While a worker is frozen the kernel completes handshakes for it; it answers when it goes on. */
    @Test
    void aFrozenWorkerAnswersWhenItContinues() throws Exception {
        try (WorkerProcess worker = start(FakeWorker.class, "--connector=stock", "--max-requests=5")) {
            worker.awaitReady(LIMIT);
            worker.signal("STOP");
            BurstClient burst =
                    BurstClient.start(new InetSocketAddress("127.0.0.1", worker.port()), 5, Duration.ofSeconds(60));
            assertTrue(burst.awaitSent(LIMIT));
            worker.signal("CONT");
            assertEquals("ok 5", burst.outcomes().toString());
            assertEquals(0, worker.awaitExit(LIMIT));
            assertThrows(IllegalStateException.class, () -> worker.signal("CONT"));
        }
    }

    @Test
    void anUnknownSignalIsAnError() throws Exception {
        try (WorkerProcess worker = start(FakeWorker.class, "--max-requests=1")) {
            assertThrows(WorkerException.class, () -> worker.signal("NONSENSE"));
        }
    }

    @Test
    void anEarlyEndShowsTheOutput() throws Exception {
        try (WorkerProcess worker = start(FakeWorker.Broken.class)) {
            WorkerException x = assertThrows(WorkerException.class, () -> worker.awaitReady(LIMIT));
            assertEquals(
                    "worker " + worker.pid() + " ended with exit code 3 before it was READY; its output ends with:"
                            + "\n  no address, no service",
                    x.getMessage());
        }
    }

    @Test
    void waitingIsBounded() throws Exception {
        try (WorkerProcess worker = start(FakeWorker.Mute.class)) {
            Duration moment = Duration.ofMillis(1);
            String late = assertThrows(WorkerException.class, () -> worker.awaitReady(moment))
                    .getMessage();
            assertTrue(late.contains("did not print READY within"), late);
            late = assertThrows(WorkerException.class, () -> worker.awaitExit(moment))
                    .getMessage();
            assertTrue(late.contains("did not exit within"), late);
        }
    }

    @Test
    void closeKills() throws Exception {
        ProcessHandle process;
        try (WorkerProcess worker = start(FakeWorker.Mute.class)) {
            process = ProcessHandle.of(worker.pid()).orElseThrow();
        }
        assertFalse(process.isAlive());
    }
}
