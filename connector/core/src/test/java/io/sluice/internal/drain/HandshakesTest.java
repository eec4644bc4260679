package io.sluice.internal.drain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.linux.ReusePortGroup;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Which half-open handshakes are waited for, and for how long, by what the kernel tells of their SYN-ACKs. */
class HandshakesTest {
    private final Map<InetSocketAddress, Integer> atPort = new HashMap<>();
    private final FakeTime time = new FakeTime();
    private final FakeGroup group = new FakeGroup();
    private final Handshakes handshakes = new Handshakes(group, time);

    @BeforeEach
    void begin() {
        handshakes.begin();
    }

    /** Its client has had two SYN-ACKs, the second of them a second ago. */
    @Test
    void whoDoesNotAnswerASecondSynAckIsWaitedForASecond() {
        client(1, 1);

        assertEquals(1050, millisUntilAbandoned(1));
        assertEquals(1, handshakes.abandonedOf(1));
    }

    /** Its SYN-ACK, or its ACK, may have been lost: both come again, however long that takes. */
    @Test
    void aYoungHandshakeIsWaitedFor() {
        client(1, 0);

        assertFalse(isAbandonedAt(900, 1));
        client(1, 1);
        assertFalse(isAbandonedAt(2900, 1));
        client(1, 2);
        assertFalse(isAbandonedAt(5000, 1));
        assertEquals(0, handshakes.abandonedOf(1));
    }

    /** The next SYN-ACK may be the first that arrives: a round trip from there on is waited. */
    @Test
    void aSynAckThatIsSentMeanwhileIsWaitedFor() {
        client(1, 1);
        assertFalse(isAbandonedAt(1000, 1));

        client(1, 2);

        assertFalse(isAbandonedAt(1900, 1));
        assertTrue(isAbandonedAt(2200, 1));
    }

    /** As long as one of ours may be the young one, and no longer. */
    @Test
    void oneThatIsWaitedForIsEnough() {
        client(1, 3);
        client(2, 0);

        assertFalse(isAbandonedAt(1500, 2));
        assertEquals(1, handshakes.abandonedOf(2));
        assertFalse(isAbandonedAt(1500, 1), "it may be the young one");
        assertEquals(0, handshakes.abandonedOf(1));
        atPort.remove(at(2));
        assertTrue(isAbandonedAt(1700, 1));
    }

    /** Other members get new clients all the time. */
    @Test
    void whoComesLaterIsNotOurs() {
        client(1, 4);
        assertFalse(isAbandonedAt(100, 1));
        client(2, 0);

        assertEquals(1050, millisUntilAbandoned(1));
    }

    /** The count says two, and only one can be seen: whatever the other is, it is not abandoned. */
    @Test
    void whoCannotBeSeenIsWaitedFor() {
        client(1, 4);

        assertFalse(isAbandonedAt(2000, 2));
        assertEquals(1, handshakes.abandonedOf(2));
        assertEquals(0, handshakes.abandonedOf(0));
    }

    /** After the gate a second wait begins, for who may have come before it; what was known stays known. */
    @Test
    void aSecondWaitKnowsWhatTheFirstDid() {
        client(1, 2);
        assertTrue(isAbandonedAt(1100, 1));

        handshakes.begin();
        assertTrue(isAbandonedAt(1100, 1));

        client(2, 0);
        handshakes.begin();
        assertFalse(isAbandonedAt(1200, 2));
    }

    /** What is over in no time is not worth a look. */
    @Test
    void theFirstLookIsNotAtOnce() {
        assertFalse(isAbandonedAt(49, 1));
        assertEquals(0, group.looks);
        assertFalse(isAbandonedAt(1049, 1));
        assertEquals(10, group.looks);
    }

    /** As on a kernel without inet_diag. */
    @Test
    void whereNothingCanBeSeenAllAreWaitedFor() {
        client(1, 5);
        group.blind = true;

        assertFalse(isAbandonedAt(100, 1));
        assertFalse(isAbandonedAt(2900, 1));
    }

    private void client(int number, int sentAgain) {
        atPort.put(at(number), sentAgain);
    }

    private static InetSocketAddress at(int port) {
        return new InetSocketAddress("192.0.2.1", port);
    }

    /** Asks each millisecond until then, as a drain does, and gives the last answer. */
    private boolean isAbandonedAt(long millis, int ours) {
        while (time.nanos < Duration.ofMillis(millis).toNanos()) {
            handshakes.areAbandoned(ours);
            time.nanos += 1_000_000;
        }
        return handshakes.areAbandoned(ours);
    }

    private long millisUntilAbandoned(int ours) {
        while (!handshakes.areAbandoned(ours)) {
            time.nanos += 1_000_000;
        }
        return Duration.ofNanos(time.nanos).toMillis();
    }

    private static final class FakeTime implements Drain.Time {
        private long nanos;

        @Override
        public long nanoTime() {
            return nanos;
        }

        @Override
        public void sleep(Duration pause) {
            throw new AssertionError("nothing here sleeps");
        }
    }

    private final class FakeGroup implements ReusePortGroup {
        private boolean blind;
        private int looks;

        @Override
        public Optional<Map<InetSocketAddress, Integer>> handshakes() {
            looks++;
            return blind ? Optional.empty() : Optional.of(Map.copyOf(atPort));
        }
    }
}
