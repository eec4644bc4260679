package io.sluice.examples.rolling;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The clients here are servers too: they answer when they like. */
@Tag("slow")
@Timeout(60)
class OpenLoopTest {
    private static final Duration LONG = Duration.ofSeconds(30);

    private final List<Sample> samples = new ArrayList<>();

    private void keep(Sample sample) {
        synchronized (samples) {
            samples.add(sample);
        }
    }

    /** Runs a load for as long as it lasts by itself. */
    private void run(int rate, Duration duration, int outstanding, Duration limit, Client client) throws Exception {
        Schedule schedule = new Schedule(System.nanoTime(), rate);
        try (OpenLoop load = OpenLoop.start(schedule, duration, outstanding, limit, client, this::keep)) {
            TimeUnit.NANOSECONDS.sleep(duration.toNanos());
            load.stop();
        }
    }

    private static Outcome after(Duration time) {
        try {
            TimeUnit.NANOSECONDS.sleep(time.toNanos());
            return Outcome.OK;
        } catch (InterruptedException x) {
            throw new IllegalStateException(x);
        }
    }

    private long count(Predicate<Sample> which) {
        return samples.stream().filter(which).count();
    }

    /** A closed loop would send no more than these clients can. */
    @Test
    void sendsAtItsRateHoweverLongAnswersTake() throws Exception {
        run(100, Duration.ofSeconds(1), 1000, LONG, limit -> after(Duration.ofSeconds(2)));
        assertEquals(100, samples.size());
        assertEquals(100, count(sample -> sample.latencyNanos() >= TimeUnit.SECONDS.toNanos(2)));
    }

    /**
     * One request stalls for 600 ms; the 59 that were due meanwhile wait behind it. From when they were sent, all but
     * one took no time.
     */
    @Test
    void aStallShowsInEachRequestThatItHits() throws Exception {
        AtomicInteger requests = new AtomicInteger();
        run(
                100,
                Duration.ofSeconds(1),
                1,
                LONG,
                limit -> after(Duration.ofMillis(requests.incrementAndGet() == 10 ? 600 : 0)));
        assertEquals(100, samples.size());
        long slow = count(sample -> sample.latencyNanos() >= TimeUnit.MILLISECONDS.toNanos(100));
        assertTrue(slow >= 45, "slow: " + slow);
        assertTrue(count(Sample::isOverdue) >= slow - 1, samples::toString);
    }

    @Test
    void noMoreAreUnderWayThanAllowed() throws Exception {
        AtomicInteger underWay = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        run(200, Duration.ofSeconds(1), 3, LONG, limit -> {
            most.accumulateAndGet(underWay.incrementAndGet(), Math::max);
            Outcome outcome = after(Duration.ofMillis(20));
            underWay.decrementAndGet();
            return outcome;
        });
        assertEquals(3, most.get());
        assertEquals(200, samples.size(), "those beyond are sent later");
    }

    /** The limit runs from when a request was due, so that a server that answers nobody cannot hold up the load. */
    @Test
    void eachRequestHasItsOutcomeWhenItsLimitIsOver() throws Exception {
        Duration limit = Duration.ofSeconds(1);
        run(50, Duration.ofSeconds(1), 2, limit, left -> {
            after(left);
            return Outcome.TIMEOUT;
        });
        assertEquals(50, count(sample -> sample.outcome() == Outcome.TIMEOUT));
        assertEquals(
                0, count(sample -> sample.latencyNanos() > TimeUnit.MILLISECONDS.toNanos(1600)), samples::toString);
    }

    @Test
    void nothingIsDueAfterTheStop() throws Exception {
        Schedule schedule = new Schedule(System.nanoTime(), 100);
        try (OpenLoop load = OpenLoop.start(schedule, LONG, 10, LONG, limit -> Outcome.OK, this::keep)) {
            TimeUnit.MILLISECONDS.sleep(300);
            load.stop();
            long stopped = System.nanoTime();
            int requests = samples.size();
            assertTrue(requests >= 30, "requests: " + requests);
            assertEquals(0, count(sample -> sample.dueNanos() - stopped > 0));
            TimeUnit.MILLISECONDS.sleep(100);
            assertEquals(requests, samples.size());
        }
    }

    /** Whoever has stopped it has all outcomes. */
    @Test
    void stopWaitsForThoseUnderWay() throws Exception {
        Semaphore answer = new Semaphore(0);
        Schedule schedule = new Schedule(System.nanoTime(), 1);
        Client client = limit -> {
            answer.acquireUninterruptibly();
            return after(Duration.ofMillis(200));
        };
        try (OpenLoop load = OpenLoop.start(schedule, Duration.ofMillis(500), 10, LONG, client, this::keep)) {
            TimeUnit.MILLISECONDS.sleep(100);
            answer.release();
            load.stop();
            assertEquals(1, samples.size());
        }
    }
}
