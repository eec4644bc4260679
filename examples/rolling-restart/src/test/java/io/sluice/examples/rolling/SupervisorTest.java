package io.sluice.examples.rolling;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class SupervisorTest {
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

    private Supervisor supervise(int workers, Class<?> main) throws IOException {
        Path jar = FakeWorker.jar(directory, main);
        String port = "--port=" + reserved.address().getPort();
        Supervisor supervisor = new Supervisor(
                workers, () -> WorkerProcess.start(jar, List.of(port, "--connector=stock", "--max-requests=1")));
        supervisor.start();
        return supervisor;
    }

    @Test
    void replacesAWorkerThatEnds() throws Exception {
        try (Supervisor supervisor = supervise(1, FakeWorker.class)) {
            List<WorkerProcess> first = supervisor.awaitAllReady();
            assertEquals(
                    "ok 1",
                    BurstClient.fire(reserved.address(), 1, Duration.ofSeconds(30))
                            .toString());
            supervisor.awaitEnd(first);
            List<WorkerProcess> second = supervisor.awaitAllReady();
            assertEquals(1, second.size());
            assertTrue(Collections.disjoint(first, second));
        }
    }

    /** They got no requests, so they would run for ever. */
    @Tag("slow")
    @Test
    void tellsWorkersToStopThatDoNotEndByThemselves() throws Exception {
        try (Supervisor supervisor = supervise(2, FakeWorker.class)) {
            List<WorkerProcess> first = supervisor.awaitAllReady();
            supervisor.awaitEnd(first);
            assertEquals(2, supervisor.awaitAllReady().size());
        }
    }

    @Test
    void aWorkerThatCrashesIsAnError() throws Exception {
        try (Supervisor supervisor = supervise(1, FakeWorker.class)) {
            List<WorkerProcess> workers = supervisor.awaitAllReady();
            workers.get(0).signal("KILL");
            String message = assertThrows(WorkerException.class, () -> supervisor.awaitEnd(workers))
                    .getMessage();
            assertTrue(message.contains("ended with exit code 137"), message);
        }
    }

    @Test
    void aWorkerThatNeverGetsReadyIsAnError() throws Exception {
        try (Supervisor supervisor = supervise(2, FakeWorker.Broken.class)) {
            String message = assertThrows(WorkerException.class, supervisor::awaitAllReady)
                    .getMessage();
            assertTrue(message.contains("ended with exit code 3 before it was READY"), message);
            assertTrue(message.contains("no address, no service"), message);
        }
    }

    @Test
    void closeLeavesNoProcess() throws Exception {
        List<Long> before = children();
        Supervisor supervisor = supervise(2, FakeWorker.class);
        supervisor.awaitAllReady();
        assertEquals(2, children().size() - before.size());
        supervisor.close();
        assertEquals(before, children());
        assertThrows(WorkerException.class, supervisor::awaitAllReady);
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
