package io.sluice.internal.drain;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.CapturedLog;
import io.sluice.DrainReport;
import io.sluice.DrainReport.Reason;
import io.sluice.DrainStrategy;
import io.sluice.linux.KernelListener;
import io.sluice.linux.ReusePortGroup;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The drain as its specification: no network, no Jetty, and a clock that only moves when somebody sleeps. */
@Timeout(20)
class DrainTest {
    private static final long MILLIS_400 = Duration.ofMillis(400).toNanos();
    private static final Drain.Settings SETTINGS = settings(DrainStrategy.TWO_PASS);

    private final List<String> events = new ArrayList<>();
    private final FakeTime time = new FakeTime();
    private final FakeClients clients = new FakeClients();
    private FakeGroup group = new FakeGroup();

    /** All that the kernel holds is accepted before the listener is closed. */
    @Test
    void everythingPendingIsAccepted() {
        FakeQueue queue = new FakeQueue("q").holding(3);

        DrainReport report = drain(queue);

        assertEquals(3, report.firstPass());
        assertEquals(0, report.stragglers());
        assertEquals(0, report.lost());
        assertEquals(
                List.of(
                        "begin",
                        "q stop",
                        "q +",
                        "q +",
                        "q +",
                        "q empty",
                        "q handed over",
                        "q handed over",
                        "q handed over",
                        "sleep 10",
                        "q empty",
                        "q close",
                        "all accepted"),
                events);
    }

    /** Nothing waits: no connection is counted, and the listener is closed all the same. */
    @Test
    void anEmptyQueueIsNoOp() {
        DrainReport report = drain(new FakeQueue("q"));

        assertEquals(0, report.firstPass() + report.stragglers() + report.answered());
        assertTrue(report.isLossless());
        assertTrue(events.contains("q close"));
    }

    /** A handshake that ends in the pause between the passes is found by the second. */
    @Test
    void theSecondPassTakesStragglers() {
        FakeQueue queue = new FakeQueue("q").holding(1);
        time.onSleep = () -> queue.holding(2);

        DrainReport report = drain(queue);

        assertEquals(1, report.firstPass());
        assertEquals(2, report.stragglers());
        assertEquals(0, queue.left());
    }

    /** Between the look that finds the queue empty and the close there is nothing, not even another listener. */
    @Test
    void closeFollowsAtOnce() {
        drain(new FakeQueue("a"), new FakeQueue("b"));

        int lastLook = events.lastIndexOf("a empty");
        assertEquals("a close", events.get(lastLook + 1));
        assertEquals("b close", events.get(events.lastIndexOf("b empty") + 1));
    }

    /** With several listeners none is closed before all had their first pass, and no acceptor competes. */
    @Test
    void severalListenersAreDrained() {
        DrainReport report = drain(new FakeQueue("a").holding(2), new FakeQueue("b").holding(1), new FakeQueue("c"));

        assertEquals(3, report.firstPass());
        assertTrue(events.indexOf("c stop") < events.indexOf("a +"));
        assertTrue(events.indexOf("b +") < events.indexOf("a close"));
        assertTrue(events.containsAll(List.of("a close", "b close", "c close")));
    }

    /** A client that aborts while it is accepted takes only itself away. */
    @Test
    void anAbortedConnectionDoesNotEndThePass() {
        FakeQueue queue = new FakeQueue("q")
                .holding(1)
                .failing(new IOException("connection aborted"))
                .holding(2);

        DrainReport report = drain(queue);

        assertEquals(3, report.firstPass());
        assertEquals(0, report.lost());
        assertFalse(events.contains("sleep 2"), "one failure is no reason to back off: " + events);
    }

    /** Descriptors that come free again let the pass go on; the tries are further and further apart. */
    @Test
    void usedUpDescriptorsAreWaitedFor() {
        FakeQueue queue = new FakeQueue("q");
        for (int i = 0; i < 8; i++) {
            queue.failing(new IOException("too many open files"));
        }
        queue.holding(5);

        DrainReport report = drain(queue);

        assertEquals(5, report.firstPass());
        assertEquals(0, report.lost());
        assertTrue(events.containsAll(List.of("sleep 2", "sleep 4", "sleep 8", "sleep 50")), events.toString());
        assertFalse(events.contains("sleep 64"), "back-off has no bound: " + events);
    }

    /** Where descriptors stay used up, clients to come would join a queue that is lost: the gate is not kept waiting. */
    @Test
    void theGateDoesNotWaitForDescriptors() {
        FakeQueue queue = new FakeQueue("q").failingForEver().on(new FakeKernel());

        drain(DrainStrategy.GATE, queue);

        assertTrue(events.indexOf("drop SYNs") >= 0 && events.indexOf("drop SYNs") < 15, events.toString());
        assertTrue(time.nanoTime() >= MILLIS_400, "descriptors were not waited for behind the gate: " + events);
    }

    /** To serve them takes time that the close does not need, and SYNs go astray in: it comes afterwards. */
    @Test
    void theCloseDoesNotWaitForTheHandOver() {
        drain(DrainStrategy.GATE, new FakeQueue("q").holding(2).on(new FakeKernel()));

        assertTrue(events.indexOf("q handed over") > events.indexOf("unlock"), events.toString());
        assertEquals(2, Collections.frequency(events, "q handed over"));
    }

    /** A pass that does not end keeps nobody waiting for its end. */
    @Test
    void aFloodIsServed() {
        FakeQueue queue = new FakeQueue("q").endless(() -> time.sleep(Duration.ofNanos(10_000)));

        drain(queue);

        long waiting = events.stream()
                .takeWhile(event -> !event.equals("q handed over"))
                .filter("q +"::equals)
                .count();
        assertEquals(8192, waiting);
    }

    /** What Jetty's limits have no room for is taken from the kernel all the same, and served when there is room. */
    @Test
    void whoHasNoRoomIsKept() {
        FakeQueue queue = new FakeQueue("q").holding(3).with(patient -> time.nanoTime() >= MILLIS_400);

        DrainReport report = drain(queue);

        assertEquals(3, report.firstPass());
        assertEquals(0, report.lost());
        assertEquals(3, Collections.frequency(events, "q handed over"));
        assertTrue(events.indexOf("q close") < events.indexOf("q handed over"), "the close waited: " + events);
        assertTrue(report.untilClosed().toMillis() < 50, report.toJson());
        assertTrue(report.untilAnswered().toMillis() >= 400, report.toJson());
    }

    /** Limits that only ask for patience get half of the time. */
    @Test
    void patienceEndsAtHalfTime() {
        FakeQueue queue = new FakeQueue("q").holding(3).with(patient -> !patient);

        DrainReport report = drain(queue);

        assertEquals(0, report.lost());
        assertTrue(
                report.untilAnswered().toMillis() >= 500
                        && report.untilAnswered().toMillis() < 520,
                report.toJson());
    }

    /** Who never has room is lost, and the report says so. */
    @Test
    void whoNeverHasRoomIsLost() {
        FakeQueue queue = new FakeQueue("q").holding(3).with(patient -> false);

        DrainReport report = drain(queue);

        assertEquals(3, report.lost());
        assertEquals(0, queue.kept, "left open");
        assertTrue(report.untilAnswered().toMillis() >= 1000, report.toJson());
    }

    /** Connections are said goodbye to while descriptors are awaited, because their end is what sets some free. */
    @Test
    void idleClosesMakeRoomForTheQueue() {
        FakeQueue queue = new FakeQueue("q").holding(1);
        queue.afterScript = () -> {
            if (clients.idleCloses < 3) {
                throw new IOException("too many open files");
            }
            return false;
        };

        DrainReport report = drain(queue);

        assertEquals(0, report.lost());
        assertTrue(report.untilClosed().toMillis() < 100, report.toJson());
    }

    /** When the time is over the listener is closed, and the report does not claim to know what was left. */
    @Test
    void theDeadlineEndsTheDrain() {
        FakeQueue queue = new FakeQueue("q").failingForEver();

        DrainReport report = drain(queue);

        assertEquals(DrainReport.UNKNOWN, report.lost());
        assertFalse(report.isLossless());
        assertTrue(
                report.untilClosed().toMillis() >= 1000 && report.untilClosed().toMillis() <= 1100, report.toJson());
        assertTrue(events.contains("q close"));
    }

    /** A queue that is filled faster than it is emptied does not hold the stop for ever either. */
    @Test
    void aFloodDoesNotOutliveTheDeadline() {
        FakeQueue queue = new FakeQueue("q").endless(() -> time.sleep(Duration.ofMillis(1)));

        DrainReport report = drain(queue);

        assertTrue(report.firstPass() > 900, report.toJson());
        assertEquals(DrainReport.UNKNOWN, report.lost());
        assertTrue(events.contains("q close"));
    }

    /** Somebody else closed the listener: said as a loss of unknown size, not as success. */
    @Test
    void aListenerThatIsClosedAlreadyIsReported() {
        DrainReport report = drain(new FakeQueue("q").failing(new ClosedChannelException()));

        assertEquals(DrainReport.UNKNOWN, report.lost());
    }

    /** Steer, then look; gate when no handshake of ours is left, for the moment up to the close. */
    @Test
    void steeringTakesItsSteps() {
        FakeKernel kernel = new FakeKernel();
        kernel.halfOpen(1, 0);

        DrainReport report =
                drain(DrainStrategy.STEER, new FakeQueue("q").holding(1).on(kernel));

        assertEquals(
                List.of(
                        "lock",
                        "begin",
                        "q stop",
                        "probe",
                        "q +",
                        "q empty",
                        "steer",
                        "sleep 0",
                        "half-open 1",
                        "q empty",
                        "q handed over",
                        "sleep 0",
                        "half-open 0",
                        "drop SYNs",
                        "half-open 0",
                        "q empty",
                        "half-open 0",
                        "length",
                        "leave",
                        "q close",
                        "unlock"),
                events.subList(0, events.indexOf("unlock") + 1));
        assertEquals(DrainStrategy.STEER, report.strategy());
        assertTrue(report.isLossless());
    }

    /** Without steering every SYN in the gated time costs its client a second: the first pass is over before it. */
    @Test
    void gatingTakesItsSteps() {
        drain(DrainStrategy.GATE, new FakeQueue("q").holding(1).on(new FakeKernel()));

        assertEquals(
                List.of(
                        "begin",
                        "q stop",
                        "q +",
                        "q empty",
                        "drop SYNs",
                        "half-open 0",
                        "drop cookie ACKs",
                        "q empty",
                        "half-open 0",
                        "length",
                        "leave",
                        "q close",
                        "unlock"),
                events.subList(0, events.indexOf("unlock") + 1));
    }

    /** Somebody has got a descriptor of the listener since the start: nothing is set on it, and what is left lives on. */
    @Test
    void aListenerThatOthersHoldIsLeftAsItIs() {
        FakeKernel kernel = new FakeKernel();
        kernel.halfOpen(2);
        kernel.length = 3;
        group.heldElsewhere = true;

        DrainReport report =
                drain(DrainStrategy.STEER, new FakeQueue("q").holding(1).on(kernel));

        assertFalse(events.contains("drop SYNs") || events.contains("probe"), events.toString());
        assertEquals(DrainStrategy.TWO_PASS, report.strategy());
        assertEquals("as others may hold the listener, nothing is set on it", report.strategyReason());
        assertEquals(1, report.firstPass());
        assertTrue(report.isLossless(), report.toJson());
    }

    /** Handshakes by syncookie are never half-open: between the last look into the queue and the close they were reset. */
    @Test
    void noSyncookieIsTakenBetweenTheLastLookAndTheClose() {
        FakeQueue queue = new FakeQueue("q");
        FakeKernel kernel = new FakeKernel();
        kernel.onLength = () -> queue.holding(kernel.droppingCookieAcks ? 0 : 1);

        drain(DrainStrategy.GATE, queue.on(kernel));

        assertEquals(0, queue.left());
    }

    /** Nobody to steer to, or no turn: gate, and say so. */
    @Test
    void theLastOfItsGroupGates() {
        group.lockable = false;

        DrainReport report = drain(DrainStrategy.STEER, new FakeQueue("q").on(new FakeKernel()));

        assertEquals(DrainStrategy.GATE, report.strategy());
        assertTrue(report.strategyReason().contains("no other member"), report.strategyReason());
        assertFalse(events.contains("probe"));
    }

    /** Several listeners of ours are no group to steer in, and nobody else's turn is waited for. */
    @Test
    void oursAloneGate() {
        DrainReport report = drain(
                DrainStrategy.STEER, new FakeQueue("a").on(new FakeKernel()), new FakeQueue("b").on(new FakeKernel()));

        assertEquals(DrainStrategy.GATE, report.strategy());
        assertFalse(events.contains("lock"), events.toString());
    }

    /** Which member we are is not known: steering would be a guess, gating is none. */
    @Test
    void whoDoesNotKnowItsIndexGates() {
        group.steersAtTry = Integer.MAX_VALUE;

        DrainReport report = drain(DrainStrategy.STEER, new FakeQueue("q").on(new FakeKernel()));

        assertEquals(DrainStrategy.GATE, report.strategy());
        assertTrue(events.containsAll(List.of("drop SYNs", "leave", "unlock")), events.toString());
    }

    /** The listener stays open until the last of the handshakes that were half-open is over, and takes them. */
    @Test
    void halfOpenHandshakesAreWaitedFor() {
        FakeKernel kernel = new FakeKernel();
        kernel.halfOpen(2, 2, 1, 0);
        FakeQueue queue = new FakeQueue("q").on(kernel);
        kernel.onFinished = () -> queue.holding(1);

        DrainReport report = drain(DrainStrategy.GATE, queue);

        assertEquals(2, report.stragglers());
        assertEquals(0, report.atRisk());
        assertEquals(0, queue.left());
        assertTrue(events.indexOf("q close") > events.indexOf("half-open 0"), events.toString());
    }

    /** Whatever slips through the steering before the gate is waited for behind it. */
    @Test
    void whatBeginsBeforeTheGateIsWaitedFor() {
        FakeKernel kernel = new FakeKernel();
        kernel.halfOpen(0, 1, 0);
        FakeQueue queue = new FakeQueue("q").on(kernel);
        kernel.onFinished = () -> queue.holding(1);

        DrainReport report = drain(DrainStrategy.STEER, queue);

        assertEquals(1, report.stragglers());
        assertEquals(0, report.atRisk());
    }

    /** A probe that a busy machine delivers late is waited for, a little. */
    @Test
    void aLateProbeIsWaitedFor() {
        group.steersAtTry = 5;

        DrainReport report = drain(DrainStrategy.STEER, new FakeQueue("q").on(new FakeKernel()));

        assertEquals(DrainStrategy.STEER, report.strategy());
        assertEquals(5, events.stream().filter("steer"::equals).count());
    }

    /** A client that never ends its handshake holds the close no longer than handshakeTimeout, and is reported. */
    @Test
    void endlessHandshakesAreAtRisk() {
        FakeKernel kernel = new FakeKernel();
        kernel.halfOpen(4);

        DrainReport report = drain(DrainStrategy.STEER, new FakeQueue("q").on(kernel));

        assertEquals(4, report.atRisk());
        assertFalse(report.isLossless());
        long millis = report.untilClosed().toMillis();
        assertTrue(millis >= 300 && millis < 400, report.toJson());
    }

    /** A scanner's handshakes hold each stop no longer than a round trip may take, and are no loss. */
    @Test
    void abandonedHandshakesAreNotWaitedFor() {
        FakeKernel kernel = new FakeKernel();
        kernel.halfOpen(1);
        group.handshakes = Map.of(new InetSocketAddress("192.0.2.1", 1), 2);

        DrainReport report = drain(
                new Drain.Settings(
                        DrainStrategy.STEER,
                        "as configured",
                        Duration.ofMillis(10),
                        Duration.ofMillis(3000),
                        Duration.ofMillis(200),
                        Duration.ofMillis(5000),
                        Duration.ZERO,
                        Duration.ZERO),
                new FakeQueue("q").on(kernel));

        assertEquals(1, report.atRisk());
        assertEquals(1, report.abandoned());
        assertTrue(report.isLossless());
        long millis = report.untilClosed().toMillis();
        assertTrue(millis >= 1000 && millis < 1200, report.toJson());
    }

    /** What the kernel still holds when the listener is closed is what was lost: counted, not guessed. */
    @Test
    void whatIsLeftInTheQueueIsLost() {
        FakeKernel kernel = new FakeKernel();
        kernel.length = 7;

        DrainReport report =
                drain(DrainStrategy.GATE, new FakeQueue("q").failingForEver().on(kernel));

        assertEquals(7, report.lost());
    }

    /** The drain ends when everybody accepted has an answer, after the close. */
    @Test
    void acceptedConnectionsAreWaitedFor() {
        clients.pendingFor(300);

        DrainReport report = drain(new FakeQueue("q").holding(1));

        assertEquals(0, report.unanswered());
        assertTrue(report.untilAnswered().toMillis() >= 300, report.toJson());
        assertTrue(report.untilClosed().toMillis() < 100, report.toJson());
    }

    /** Whoever is never answered is reported once the time is over. */
    @Test
    void clientsAreWaitedForUntilTheDeadline() {
        clients.pendingFor(100_000);
        clients.tally = new Clients.Tally(4, 2, 3, 6, 1, 0);

        DrainReport report = drain(new FakeQueue("q"));

        assertEquals(4, report.answered());
        assertEquals(2, report.unanswered());
        assertEquals(6, report.upgradedClosed());
        assertEquals(1, report.lost());
        long millis = report.untilAnswered().toMillis();
        assertTrue(millis >= 1000 && millis < 1100, report.toJson());
    }

    /** Two stops at once: one drain, and neither returns before it is done. */
    @Test
    void aSecondCallerJoinsTheFirst() throws Exception {
        CountDownLatch draining = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        FakeQueue queue = new FakeQueue("q").endlessUntil(draining, goOn);
        Drain drain = new Drain(List.of(queue), group, clients, Drain.Time.SYSTEM);
        CountingObserver observer = new CountingObserver();

        Thread first = start(() -> drain.drain(Reason.SERVER_STOP, SETTINGS, observer));
        draining.await();
        Thread second = start(() -> drain.drain(Reason.CONNECTOR_STOP, SETTINGS, observer));
        await().until(() -> second.getState() == Thread.State.TIMED_WAITING);
        assertNull(drain.report());
        goOn.countDown();
        first.join();
        second.join();

        assertEquals(Reason.SERVER_STOP, drain.report().reason());
        assertEquals(1, observer.started.get());
        assertEquals(1, observer.finished.get());
        assertEquals(1, events.stream().filter("q close"::equals).count());
    }

    /** A request that closes the listeners, while a drain waits for that very request, goes on when they are closed. */
    @Test
    void aCloseThatJoinsWaitsForTheListenersOnly() throws Exception {
        CountDownLatch closed = new CountDownLatch(1);
        clients.onPending = () -> closed.getCount() > 0;
        Drain drain = new Drain(List.of(new FakeQueue("q")), group, clients, Drain.Time.SYSTEM);
        Thread stop = start(() -> drain.drain(Reason.SERVER_STOP, SETTINGS, new CountingObserver()));
        await().until(drain::isBegun);

        drain.drain(Reason.CLOSE, SETTINGS, new CountingObserver());

        assertTrue(events.contains("q close"), events.toString());
        assertNull(drain.report());
        closed.countDown();
        stop.join();
        assertTrue(drain.report().isLossless());
        assertEquals(1, clients.exempted, "the request that closes would be forgotten by the drain");
    }

    /** Whatever goes wrong, the listener is closed and whoever joined goes on. */
    @Test
    void aFailureStillClosesAndReleases() {
        Drain drain = new Drain(List.of(new FakeQueue("q").on(new FakeKernel())), group, clients, time);
        clients.failure = new IllegalStateException("broken");

        drain.drain(Reason.CONNECTOR_STOP, SETTINGS, new CountingObserver());
        drain.drain(Reason.CONNECTOR_STOP, SETTINGS, new CountingObserver());

        assertTrue(events.containsAll(List.of("leave", "q close", "unlock")), events.toString());
        assertEquals(DrainReport.UNKNOWN, drain.report().lost());
        assertTrue(drain.report().strategyReason().endsWith("broken"), drain.report()::toJson);
    }

    /** It reset whoever was queued: with no descriptor left, /proc could not be listed. */
    @Test
    void whatFailsInTheKernelCostsNobodyAConnection() {
        FakeQueue queue = new FakeQueue("q").holding(3).on(new FakeKernel());
        group = new FakeGroup() {
            @Override
            public boolean isHeldElsewhere() {
                throw new IllegalStateException("broken");
            }
        };

        DrainReport report = drain(DrainStrategy.GATE, queue);

        assertEquals(3, report.firstPass());
        assertEquals(DrainStrategy.TWO_PASS, report.strategy());
        assertTrue(report.strategyReason().startsWith("gate failed: "), report::toJson);
        assertTrue(report.isLossless(), report::toJson);
    }

    /** An application that has used up the memory; nobody was told that this drain had lost somebody. */
    @Test
    void anErrorIsReportedToo() {
        Drain drain = new Drain(List.of(new FakeQueue("q")), group, clients, time);
        clients.error = new OutOfMemoryError("of the application");
        CountingObserver observer = new CountingObserver();

        drain.drain(Reason.CONNECTOR_STOP, SETTINGS, observer);

        assertEquals(DrainReport.UNKNOWN, drain.report().lost());
        assertEquals(1, observer.finished.get());
        assertTrue(events.contains("q close"), events.toString());
    }

    /** Who joined such a drain waited for ever. */
    @Test
    void whoJoinsADrainThatCannotCloseGoesOn() {
        group = new FakeGroup() {
            @Override
            public void leave(KernelListener listener) {
                throw new IllegalStateException("not closed");
            }
        };
        Drain drain = new Drain(List.of(new FakeQueue("q")), group, clients, time);
        assertThrows(
                IllegalStateException.class,
                () -> drain.drain(Reason.CONNECTOR_STOP, SETTINGS, new CountingObserver()));
        assertTrue(events.contains("q close"), events.toString());

        assertTimeoutPreemptively(
                Duration.ofSeconds(5), () -> drain.drain(Reason.SERVER_STOP, SETTINGS, new CountingObserver()));
    }

    /** An interrupt neither shortens a drain nor gets lost. */
    @Test
    void anInterruptIsKeptForTheCaller() {
        Drain drain = new Drain(List.of(new FakeQueue("q")), group, clients, Drain.Time.SYSTEM);

        Thread.currentThread().interrupt();
        drain.drain(Reason.CONNECTOR_STOP, SETTINGS, new CountingObserver());

        assertTrue(Thread.interrupted());
        assertTrue(drain.report().untilClosed().toMillis() >= 10);
    }

    /** Nothing changes for the length of the delay; the clock of the drain runs from its end. */
    @Test
    void theDrainBeginsAfterTheDelay() {
        DrainReport report = drain(settings(Duration.ofMillis(100), Duration.ZERO), new FakeQueue("q").holding(1));

        assertEquals(
                List.of("sleep 20", "sleep 20", "sleep 20", "sleep 20", "sleep 20", "begin"), events.subList(0, 6));
        assertEquals(100, report.waited().toMillis());
        assertEquals(10, report.untilClosed().toMillis());
    }

    /** The last of a group goes on until another one listens. */
    @Test
    void aSuccessorIsWaitedFor() {
        group.members = 1;
        time.onSleep = () -> group.members = 2;

        DrainReport report = drain(settings(Duration.ZERO, Duration.ofMillis(100)), new FakeQueue("q"));

        assertEquals(List.of("sleep 20", "begin"), events.subList(0, 2));
        assertEquals(20, report.waited().toMillis());
        assertEquals(2, report.members());
    }

    /** Both waits run at the same time: the longer one counts. */
    @Test
    void theDelayIsNotCutShortByASuccessor() {
        DrainReport report = drain(settings(Duration.ofMillis(60), Duration.ofMillis(1000)), new FakeQueue("q"));

        assertEquals(60, report.waited().toMillis());
    }

    /** Who comes too late is not waited for; that clients will be refused is said. */
    @Test
    void aSuccessorThatDoesNotComeIsMissed() {
        group.members = 1;
        try (CapturedLog log = new CapturedLog()) {
            DrainReport report = drain(settings(Duration.ZERO, Duration.ofMillis(100)), new FakeQueue("q"));

            assertEquals(100, report.waited().toMillis());
            assertEquals(1, report.members());
            assertTrue(log.alarms().get(0).contains("Nobody else listens after waitForSuccessor, 100 ms"));
        }
    }

    /** A stop from outside closes the listeners; who was accepted is served by a server that goes on. */
    @Test
    void aCloseWaitsForNobody() {
        clients.pendingFor(300);

        DrainReport report = close(new FakeQueue("q").holding(2).on(new FakeKernel()));

        assertEquals(2, report.firstPass());
        assertEquals(0, report.untilAnswered().toMillis());
        assertEquals(2, Collections.frequency(events, "q handed over"));
        assertTrue(events.contains("q close"), events.toString());
        assertFalse(events.contains("begin"), "responses say that the server goes: " + events);
        assertEquals(0, clients.idleCloses + clients.exempted, "connections that live on were closed, or forgotten");
    }

    /** What has no room yet is handed over all the same, within the bound; the rest is reported as lost. */
    @Test
    void aCloseHandsOverWhatWasKept() {
        FakeQueue served = new FakeQueue("q").holding(2).with(mayWait -> time.nanoTime() >= MILLIS_400);
        assertEquals(0, close(served).lost());
        assertEquals(2, Collections.frequency(events, "q handed over"));

        assertEquals(
                2, close(new FakeQueue("p").holding(2).with(mayWait -> false)).lost());
        assertTrue(time.nanoTime() <= MILLIS_400 + 1_100_000_000L, "not within the bound");
    }

    /** Load balancers and a successor are what a stop of the server waits for. */
    @Test
    void aCloseIsNotPutOff() {
        group.members = 1;
        Drain drain = new Drain(List.of(new FakeQueue("q")), group, clients, time);

        drain.drain(Reason.CLOSE, settings(Duration.ofMillis(100), Duration.ofMillis(100)), new CountingObserver());

        assertEquals(0, drain.report().waited().toMillis());
    }

    /** After a close there are connections and no listeners: the stop waits for them, and for nothing else. */
    @Test
    void aDrainWithoutListenersServes() {
        clients.pendingFor(300);
        clients.tally = new Clients.Tally(4, 0, 3, 0, 0, 0);
        Drain drain = new Drain(List.of(), ReusePortGroup.NONE, clients, time);

        drain.drain(
                Reason.SERVER_STOP,
                settings(DrainStrategy.STEER, Duration.ofMillis(100), Duration.ofMillis(100)),
                new CountingObserver());

        DrainReport report = drain.report();
        assertEquals("begin", events.get(0), events.toString());
        assertEquals(DrainStrategy.STEER, report.strategy());
        assertEquals(DrainReport.UNKNOWN, report.members());
        assertEquals(0, report.firstPass() + report.stragglers() + report.lost() + report.atRisk());
        assertEquals(4, report.answered());
        assertEquals(0, report.untilClosed().toMillis());
        assertEquals(300, report.untilAnswered().toMillis());
        assertTrue(clients.idleCloses > 0);
    }

    /** A request that stops its server does not wait for itself, whether it drains or joins a drain. */
    @Test
    void theCallersRequestIsExempt() {
        Drain drain = new Drain(List.of(new FakeQueue("q")), group, clients, time);

        drain.drain(Reason.SERVER_STOP, SETTINGS, new CountingObserver());
        drain.drain(Reason.CONNECTOR_STOP, SETTINGS, new CountingObserver());

        assertEquals(2, clients.exempted);
    }

    /** Whoever is told of a drain may fail at it: the listeners are closed all the same. */
    @Test
    void anObserverThatFailsKeepsNothingOpen() {
        Drain drain = new Drain(List.of(new FakeQueue("q").on(new FakeKernel())), group, clients, time);

        drain.drain(Reason.SERVER_STOP, SETTINGS, new CountingObserver() {
            @Override
            public void started(Reason reason) {
                throw new IllegalStateException("broken");
            }
        });

        assertTrue(events.containsAll(List.of("leave", "q close", "unlock")), events.toString());
        assertTrue(drain.report().strategyReason().endsWith("broken"), drain.report()::toJson);
    }

    /** What failed was the drain: connections that were accepted and not handed over are closed. */
    @Test
    void aFailureLeavesNoConnectionBehind() {
        FakeQueue queue = new FakeQueue("q").holding(2).with(mayWait -> false).on(new FakeKernel());
        time.onSleep = () -> {
            throw new IllegalStateException("broken");
        };

        drain(DrainStrategy.STEER, queue);

        assertEquals(0, queue.kept, "left open");
    }

    private DrainReport close(FakeQueue... queues) {
        Drain drain = new Drain(Arrays.asList(queues), ReusePortGroup.NONE, clients, time);
        drain.drain(Reason.CLOSE, settings(DrainStrategy.GATE), new CountingObserver());
        return drain.report();
    }

    private DrainReport drain(FakeQueue... queues) {
        return drain(ReusePortGroup.NONE, SETTINGS, queues);
    }

    private DrainReport drain(DrainStrategy strategy, FakeQueue... queues) {
        return drain(group, settings(strategy), queues);
    }

    private DrainReport drain(Drain.Settings settings, FakeQueue... queues) {
        return drain(group, settings, queues);
    }

    private DrainReport drain(ReusePortGroup group, Drain.Settings settings, FakeQueue... queues) {
        Drain drain = new Drain(Arrays.asList(queues), group, clients, time);
        drain.drain(Reason.SERVER_STOP, settings, new CountingObserver());
        return drain.report();
    }

    private static Drain.Settings settings(DrainStrategy strategy) {
        return settings(strategy, Duration.ZERO, Duration.ZERO);
    }

    private static Drain.Settings settings(Duration preDrainDelay, Duration waitForSuccessor) {
        return settings(DrainStrategy.TWO_PASS, preDrainDelay, waitForSuccessor);
    }

    private static Drain.Settings settings(DrainStrategy strategy, Duration preDrainDelay, Duration waitForSuccessor) {
        return new Drain.Settings(
                strategy,
                "as configured",
                Duration.ofMillis(10),
                Duration.ofMillis(300),
                Duration.ofMillis(200),
                Duration.ofMillis(1000),
                preDrainDelay,
                waitForSuccessor);
    }

    private static Thread start(Runnable task) {
        Thread thread = new Thread(task);
        thread.start();
        return thread;
    }

    private static class CountingObserver implements Drain.Observer {
        final AtomicInteger started = new AtomicInteger();
        final AtomicInteger finished = new AtomicInteger();

        @Override
        public void started(Reason reason) {
            started.incrementAndGet();
        }

        @Override
        public void finished(DrainReport report) {
            finished.incrementAndGet();
        }
    }

    private final class FakeTime implements Drain.Time {
        private long nanos;
        private Runnable onSleep = () -> {};

        @Override
        public long nanoTime() {
            return nanos;
        }

        @Override
        public void sleep(Duration pause) {
            events.add("sleep " + pause.toMillis());
            nanos += pause.toNanos();
            Runnable once = onSleep;
            onSleep = () -> {};
            once.run();
        }
    }

    private final class FakeClients implements Clients {
        private Tally tally = new Tally(0, 0, 0, 0, 0, 0);
        private RuntimeException failure;
        private Error error;
        private BooleanSupplier onPending = () -> false;
        private int idleCloses;
        private int exempted;

        void pendingFor(int millis) {
            long end = Duration.ofMillis(millis).toNanos();
            onPending = () -> time.nanoTime() < end;
        }

        @Override
        public void begin(Reason reason, Duration keepAliveGrace, Successor successor) {
            events.add("begin");
            if (failure != null) {
                throw failure;
            }
            if (error != null) {
                throw error;
            }
        }

        @Override
        public void closeIdle() {
            idleCloses++;
        }

        @Override
        public void allAccepted() {
            events.add("all accepted");
        }

        @Override
        public boolean isPending() {
            return onPending.getAsBoolean();
        }

        @Override
        public void exemptCallingRequest() {
            exempted++;
        }

        @Override
        public Tally tally() {
            return tally;
        }
    }

    /** A listener whose queue is a script: connections and failures in the order they are met. */
    private final class FakeQueue implements AcceptQueue {
        private final String name;
        private final Deque<Accept> script = new ArrayDeque<>();
        private Accept afterScript = () -> false;
        private KernelListener kernel = KernelListener.NONE;
        private FakeRoom room = patient -> true;
        private int kept;
        private boolean closed;

        private FakeQueue(String name) {
            this.name = name;
        }

        FakeQueue holding(int connections) {
            for (int i = 0; i < connections; i++) {
                script.add(() -> true);
            }
            return this;
        }

        FakeQueue failing(IOException failure) {
            script.add(() -> {
                throw failure;
            });
            return this;
        }

        FakeQueue failingForEver() {
            afterScript = () -> {
                throw new IOException("too many open files");
            };
            return this;
        }

        FakeQueue endless(Runnable each) {
            afterScript = () -> {
                each.run();
                return true;
            };
            return this;
        }

        FakeQueue endlessUntil(CountDownLatch met, CountDownLatch end) {
            script.add(() -> {
                met.countDown();
                try {
                    end.await();
                } catch (InterruptedException x) {
                    throw new IOException(x);
                }
                return true;
            });
            return this;
        }

        FakeQueue with(FakeRoom room) {
            this.room = room;
            return this;
        }

        FakeQueue on(KernelListener kernel) {
            this.kernel = kernel;
            return this;
        }

        @Override
        public KernelListener kernel() {
            return kernel;
        }

        int left() {
            return script.size();
        }

        @Override
        public void stopAcceptors() {
            events.add(name + " stop");
        }

        @Override
        public boolean acceptOne() throws IOException {
            Accept next = script.isEmpty() ? afterScript : script.poll();
            boolean accepted = next.accept();
            kept += accepted ? 1 : 0;
            events.add(name + (accepted ? " +" : " empty"));
            return accepted;
        }

        @Override
        public int handOverKept(boolean mayWait) {
            while (kept > 0 && room.isThere(mayWait)) {
                kept--;
                events.add(name + " handed over");
            }
            return kept;
        }

        @Override
        public int closeUnserved() {
            int closed = kept;
            kept = 0;
            return closed;
        }

        @Override
        public void close() {
            if (!closed) {
                events.add(name + " close");
            }
            closed = true;
        }
    }

    /** A group that writes down what it is asked. */
    private class FakeGroup implements ReusePortGroup {
        private boolean heldElsewhere;

        @Override
        public boolean isHeldElsewhere() {
            return heldElsewhere;
        }

        private boolean lockable = true;
        private int members = 2;
        private int steersAtTry = 1;
        private Map<InetSocketAddress, Integer> handshakes;

        @Override
        public Optional<Map<InetSocketAddress, Integer>> handshakes() {
            return Optional.ofNullable(handshakes);
        }

        @Override
        public int members() {
            return members;
        }

        @Override
        public boolean tryLock(Duration bound) {
            events.add("lock");
            return lockable;
        }

        @Override
        public boolean probe() {
            events.add("probe");
            return true;
        }

        @Override
        public boolean steer() {
            events.add("steer");
            return --steersAtTry <= 0;
        }

        @Override
        public void leave(KernelListener listener) {
            events.add("leave");
        }

        @Override
        public void unlock() {
            events.add("unlock");
        }
    }

    /** A listener that writes down what it is asked, and plays back how many handshakes are half-open. */
    private final class FakeKernel implements KernelListener {
        private int length;
        private final Deque<Integer> halfOpen = new ArrayDeque<>(List.of(0));
        private Runnable onFinished = () -> {};
        private Runnable onLength = () -> {};
        private boolean droppingCookieAcks;

        void halfOpen(Integer... counts) {
            halfOpen.clear();
            halfOpen.addAll(List.of(counts));
        }

        @Override
        public void dropSyns() {
            events.add("drop SYNs");
        }

        @Override
        public void dropCookieAcks() {
            events.add("drop cookie ACKs");
            droppingCookieAcks = true;
        }

        @Override
        public int halfOpen() {
            int now = halfOpen.size() > 1 ? halfOpen.poll() : halfOpen.peek();
            if (halfOpen.peek() < now) {
                onFinished.run();
            }
            events.add("half-open " + now);
            return now;
        }

        @Override
        public int queueLength() {
            events.add("length");
            onLength.run();
            return length;
        }
    }

    private interface FakeRoom {
        boolean isThere(boolean mayWait);
    }

    private interface Accept {
        boolean accept() throws IOException;
    }
}
