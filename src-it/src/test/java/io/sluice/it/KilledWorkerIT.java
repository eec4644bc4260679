package io.sluice.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.examples.rolling.BurstClient;
import io.sluice.examples.rolling.ClosedLoop;
import io.sluice.examples.rolling.Outcome;
import io.sluice.examples.rolling.Outcomes;
import io.sluice.examples.rolling.WorkerProcess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A worker that is killed beside another one: what the kernel holds for it is answered by that one. */
@Timeout(180)
class KilledWorkerIT {
    private static final int QUEUED = 300;
    private static final int REPEATS = 5;
    private static final int KILLS = Integer.getInteger("sluice.kills", 10);
    private static final int CLIENTS = 16;
    private static final Duration LIMIT = Duration.ofSeconds(20);
    private static final String CRASHED = "\"crashed\":true,";

    /** It is frozen, so that nobody accepts, and its share of the clients waits in its queue. */
    @RepeatedTest(REPEATS)
    void everybodyInTheQueueIsAnswered() throws Exception {
        Outcomes outcomes = killWhileFrozen("hand-over");

        assertEquals(QUEUED, outcomes.count(Outcome.OK), outcomes::toString);
    }

    /** Without a keeper half of them are reset: the test above sees the difference. */
    @Test
    void withoutAKeeperTheyAreLost() throws Exception {
        Outcomes outcomes = killWhileFrozen("steer");

        assertTrue(outcomes.lost() > QUEUED / 4, outcomes::toString);
    }

    /** One that starts, stops, starts and crashes again and again: what it had accepted is lost with it, and nobody else. */
    @Test
    void aKillUnderLoadCostsOnlyWhatWasAccepted() throws Exception {
        Random random = new Random(1);
        try (WorkerProcess survivor = Workers.start("draining");
                ClosedLoop load = ClosedLoop.start(Workers.address(survivor), CLIENTS, LIMIT)) {
            for (int i = 1; i <= KILLS; i++) {
                try (WorkerProcess stopped = Workers.startAt(List.of(), survivor.port(), "draining")) {
                    stopped.terminate();
                    stopped.awaitExit(LIMIT);
                }
                try (WorkerProcess killed = Workers.startAt(List.of(), survivor.port(), "draining")) {
                    awaitKept(survivor);
                    TimeUnit.MILLISECONDS.sleep(random.nextInt(100));
                    killed.signal("KILL");
                    awaitAdoptions(survivor, i);
                }
            }
            ClosedLoop.Result result = load.stop();

            System.out.printf("%d kills under load: %s%n", KILLS, result);
            assertTrue(result.outcomes().lost() <= KILLS * CLIENTS * 3 / 4, result::toString);
            assertEquals(0, result.outcomes().count(Outcome.REFUSED), result::toString);
            assertEquals(0, result.stalled(), result::toString);
        }
    }

    private static Outcomes killWhileFrozen(String strategy) throws Exception {
        try (WorkerProcess survivor = Workers.start("draining", "--strategy", strategy);
                WorkerProcess killed =
                        Workers.startAt(List.of(), survivor.port(), "draining", "--strategy", strategy)) {
            if (strategy.equals("hand-over")) {
                awaitKept(survivor);
            }
            killed.signal("STOP");
            Awaitility.await().pollInterval(Duration.ofMillis(1)).until(() -> isFrozen(killed.pid()));
            BurstClient burst = BurstClient.start(Workers.address(survivor), QUEUED, LIMIT);
            assertTrue(burst.awaitSent(Workers.LIMIT), "the kernel did not take all connections");
            killed.signal("KILL");
            return burst.outcomes();
        }
    }

    /** Waits until the keeper has a descriptor of each listener of the port. */
    private static void awaitKept(WorkerProcess keeper) {
        String port = ":%04X".formatted(keeper.port());
        Awaitility.await().atMost(LIMIT).until(() -> {
            Set<String> listeners = Stream.of("tcp", "tcp6")
                    .flatMap(file -> lines(Path.of("/proc/net", file)))
                    .map(line -> line.trim().split(" +"))
                    .filter(columns -> columns[1].endsWith(port) && columns[3].equals("0A"))
                    .map(columns -> "socket:[" + columns[9] + "]")
                    .collect(Collectors.toSet());
            return listeners.size() > 1 && sockets(keeper.pid()).containsAll(listeners);
        });
    }

    private static Stream<String> lines(Path file) {
        try {
            return Files.readAllLines(file).stream();
        } catch (IOException x) {
            throw new UncheckedIOException(x);
        }
    }

    private static Set<String> sockets(long pid) throws IOException {
        Set<String> sockets = new HashSet<>();
        try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(Path.of("/proc/" + pid + "/fd"))) {
            for (Path descriptor : descriptors) {
                try {
                    sockets.add(Files.readSymbolicLink(descriptor).toString());
                } catch (NoSuchFileException x) {
                    continue; // It has been closed meanwhile.
                }
            }
        }
        return sockets;
    }

    private static void awaitAdoptions(WorkerProcess survivor, int count) {
        Awaitility.await()
                .atMost(LIMIT)
                .until(() -> survivor.output().stream()
                                .filter(line -> line.startsWith("ADOPTED ") && line.contains(CRASHED))
                                .count()
                        == count);
    }

    /** Tells whether all threads have stopped: one that still ran could accept, and what is accepted dies with it. */
    private static boolean isFrozen(long pid) {
        try (DirectoryStream<Path> threads = Files.newDirectoryStream(Path.of("/proc/" + pid + "/task"))) {
            for (Path thread : threads) {
                String stat = Files.readString(thread.resolve("stat")); // proc(5): the state comes after the name.
                if (stat.charAt(stat.lastIndexOf(')') + 2) != 'T') {
                    return false;
                }
            }
            return true;
        } catch (IOException x) {
            throw new UncheckedIOException(x);
        }
    }
}
