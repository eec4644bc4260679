package io.sluice.internal.drain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.DrainStrategy;
import io.sluice.linux.KernelListener;
import io.sluice.linux.ReusePortGroup;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Each strategy by itself: what it asks of the kernel, when, and what takes its place where it does not work. */
@Timeout(20)
class DiversionTest {
    private static final Drain.Settings SETTINGS = new Drain.Settings(
            DrainStrategy.STEER,
            "as configured",
            Duration.ofMillis(10),
            Duration.ofMillis(300),
            Duration.ZERO,
            Duration.ofMillis(1000),
            Duration.ZERO,
            Duration.ZERO);

    private final List<String> events = new ArrayList<>();
    private final FakeTime time = new FakeTime();
    private final FakeQueue queue = new FakeQueue();
    private final List<AcceptQueue> queues = List.of(queue);
    private final FakeGroup group = new FakeGroup();
    private final AcceptPasses passes =
            new AcceptPasses(queues, new Handshakes(group, time), Clients.NONE, time, SETTINGS.timeout());

    /** Half of the time is for another process that drains; the rest must do for our own drain. */
    @Test
    void steeringWaitsForItsTurn() {
        Steer steer = steer();

        assertSame(steer, steer.begin(2));

        assertEquals(List.of("lock for 500 ms"), events);
    }

    @Test
    void steeringAloneIsGating() {
        assertGate("no other member to steer to, or one that drains for very long", steer().begin(1));
        assertEquals(List.of(), events, "nobody has to be waited for");
    }

    @Test
    void steeringOutOfTurnIsGating() {
        group.lockable = false;

        assertGate("no other member to steer to, or one that drains for very long", steer().begin(2));
    }

    /** A busy machine delivers probes late; the queue is emptied meanwhile, because they are in it. */
    @Test
    void lateProbesAreWaitedFor() {
        group.steersAfter = Duration.ofMillis(3).toNanos();
        Steer steer = steer();
        steer.beforeFirstPass(passes);

        assertSame(steer, steer.afterFirstPass(passes));

        assertTrue(queue.passes >= 6, "looked only " + queue.passes + " times");
    }

    @Test
    void steeringWithoutAnIndexIsGating() {
        group.steersAfter = Long.MAX_VALUE;
        Steer steer = steer();
        steer.beforeFirstPass(passes);

        assertGate("no probe came back", steer.afterFirstPass(passes));

        assertEquals(100, Duration.ofNanos(time.nanos).toMillis());
    }

    /** As where the interface that they would come from has gone since the start. */
    @Test
    void probesThatCouldNotBeSentAreNotWaitedFor() {
        group.reachable = false;
        group.steersAfter = Long.MAX_VALUE;
        Steer steer = steer();
        steer.beforeFirstPass(passes);

        assertGate("no probe could be sent", steer.afterFirstPass(passes));

        assertEquals(0, time.nanos);
    }

    /** While others get the SYNs there is time; the gate would make those wait for a second who come to it. */
    @Test
    void steeringGatesAfterTheHandshakes() {
        queue.halfOpenUntil = Duration.ofMillis(200).toNanos();

        steer().settle(passes);

        assertEquals(List.of("drop SYNs"), events);
        assertTrue(queue.gatedAt >= queue.halfOpenUntil, "gated after " + queue.gatedAt + " ns");
    }

    /** Both waits for handshakes have one bound. */
    @Test
    void handshakesAreWaitedForOnce() {
        queue.halfOpenUntil = Long.MAX_VALUE;

        steer().settle(passes);

        assertEquals(300, Duration.ofNanos(time.nanos).toMillis());
    }

    /** With the SYNs, the syncookies went elsewhere; to drop their ACKs would make other connections deaf for nothing. */
    @Test
    void steeringDropsNoCookieAcks() {
        steer().beforeLastPass(queue);

        assertEquals(List.of(), events);
    }

    /** The gate helps clients who are still to come, so that it does not wait for descriptors, which may never come. */
    @Test
    void theFirstPassBeforeTheGateIsBounded() {
        queue.fails = true;
        Gate gate = gate();

        gate.beforeFirstPass(passes);
        passes.acceptAll();

        assertTrue(time.nanos >= Duration.ofMillis(50).toNanos()
                && time.nanos < Duration.ofMillis(150).toNanos());
        gate.settle(passes);
        passes.acceptAll();
        assertTrue(time.nanos >= SETTINGS.timeout().toNanos(), "behind the gate they are waited for");
        assertTrue(passes.isCutShort());
    }

    @Test
    void theGateClosesBeforeItWaits() {
        queue.halfOpenUntil = Duration.ofMillis(200).toNanos();

        gate().settle(passes);

        assertEquals(0, queue.gatedAt);
        assertEquals(200, Duration.ofNanos(time.nanos).toMillis());
    }

    @Test
    void theGateDropsCookieAcksBeforeTheLastPass() {
        gate().beforeLastPass(queue);

        assertEquals(List.of("drop cookie ACKs"), events);
    }

    @Test
    void twoPassesOnlyPause() {
        TwoPass twoPass = TwoPass.of(SETTINGS);
        twoPass.beforeFirstPass(passes);
        assertSame(twoPass, twoPass.begin(2).afterFirstPass(passes));

        twoPass.settle(passes);
        twoPass.beforeLastPass(queue);

        assertEquals(10, Duration.ofNanos(time.nanos).toMillis());
        assertEquals(List.of(), events);
    }

    /** After a close there is nothing to divert from; the report names what would have been used. */
    @Test
    void withoutListenersNobodyIsDiverted() {
        Diversion diversion = Diversion.of(SETTINGS, List.of(), group, Peers.NONE, time);

        assertSame(diversion, diversion.begin(KernelListener.UNKNOWN).afterFirstPass(passes));
        diversion.settle(passes);

        assertEquals(DrainStrategy.STEER, diversion.strategy());
        assertEquals(0, time.nanos);
        assertEquals(List.of(), events);
    }

    private Steer steer() {
        return new Steer(SETTINGS, queues, group, time);
    }

    private Gate gate() {
        return new Gate("as configured", SETTINGS, queues);
    }

    /** Somebody accepts from the listener: nothing is set on it, and no handshake is waited for. */
    @Test
    void whatWasTakenOverIsLeftAlone() {
        queue.halfOpenUntil = Long.MAX_VALUE;

        Diversion diversion = handOver(new Peers.Outcome(Optional.of(new Peers.Taker("another", 0, 1, 3)), false));
        diversion.beforeFirstPass(passes);
        assertSame(diversion, diversion.afterFirstPass(passes));
        diversion.settle(passes);
        diversion.beforeLastPass(queue);

        assertEquals(DrainStrategy.HAND_OVER, diversion.strategy());
        assertEquals("taken over by another", diversion.reason());
        assertEquals(3, diversion.taker().queued());
        assertTrue(diversion.isHeldElsewhere(), "what is left goes on there");
        assertEquals(List.of(), events);
        assertEquals(0, time.nanos);
    }

    /** It may be frozen, and accept later: a gate would be set for it too, and for ever. */
    @Test
    void nothingIsSetOnWhatSomebodyMayHave() {
        Diversion diversion = handOver(new Peers.Outcome(Optional.empty(), true));
        diversion.settle(passes);
        diversion.beforeLastPass(queue);

        assertEquals(DrainStrategy.TWO_PASS, diversion.strategy());
        assertEquals(ReusePortGroup.HELD_ELSEWHERE, diversion.reason());
        assertTrue(diversion.isHeldElsewhere());
        assertEquals(List.of(), events);
    }

    @Test
    void whereNobodyTakesTheListenerAnotherStrategyDoes() {
        Diversion diversion = handOver(new Peers.Outcome(Optional.empty(), false));

        assertGate("nobody takes the listener over; the second choice", diversion);
    }

    private Diversion handOver(Peers.Outcome outcome) {
        Drain.Settings settings = new Drain.Settings(
                DrainStrategy.HAND_OVER,
                "as configured",
                DrainStrategy.GATE,
                "the second choice",
                SETTINGS.settle(),
                SETTINGS.handshakeTimeout(),
                Duration.ZERO,
                SETTINGS.timeout(),
                Duration.ZERO,
                Duration.ZERO);
        return Diversion.of(settings, queues, group, () -> outcome, time).begin(2);
    }

    private static void assertGate(String reason, Diversion diversion) {
        assertInstanceOf(Gate.class, diversion);
        assertEquals(DrainStrategy.GATE, diversion.strategy());
        assertEquals(reason, diversion.reason());
    }

    private static final class FakeTime implements Drain.Time {
        private long nanos;

        @Override
        public long nanoTime() {
            return nanos;
        }

        @Override
        public void sleep(Duration pause) {
            nanos += pause.toNanos();
        }
    }

    private final class FakeGroup implements ReusePortGroup {
        private boolean lockable = true;
        private boolean reachable = true;
        private long steersAfter;

        @Override
        public boolean tryLock(Duration bound) {
            events.add("lock for " + bound.toMillis() + " ms");
            return lockable;
        }

        @Override
        public boolean probe() {
            return reachable;
        }

        @Override
        public boolean steer() {
            return time.nanos >= steersAfter;
        }
    }

    /** An empty queue, or one whose connections cannot be accepted. */
    private final class FakeQueue implements AcceptQueue, KernelListener {
        private boolean fails;
        private int passes;
        private long halfOpenUntil;
        private long gatedAt = -1;

        @Override
        public void stopAcceptors() {}

        @Override
        public boolean acceptOne() throws IOException {
            passes++;
            if (fails) {
                throw new IOException("too many open files");
            }
            return false;
        }

        @Override
        public int handOverKept(boolean mayWait) {
            return 0;
        }

        @Override
        public int closeUnserved() {
            return 0;
        }

        @Override
        public KernelListener kernel() {
            return this;
        }

        @Override
        public void close() {}

        @Override
        public int halfOpen() {
            return time.nanos < halfOpenUntil ? 1 : 0;
        }

        @Override
        public void dropSyns() {
            events.add("drop SYNs");
            gatedAt = time.nanos;
        }

        @Override
        public void dropCookieAcks() {
            events.add("drop cookie ACKs");
        }
    }
}
