package io.sluice.it.chaos;

import io.sluice.examples.rolling.Outcome;
import io.sluice.examples.rolling.Outcomes;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** Clients of a fault's own, besides the usual ones: each does the same again and again, or once. */
final class SideClients {
    /** Far longer than any cell takes. */
    private static final Duration LONGEST = Duration.ofMinutes(5);

    private static final Duration PAUSE = Duration.ofMillis(20);

    private final List<Thread> threads = new ArrayList<>();
    private final List<Outcome> outcomes = new CopyOnWriteArrayList<>();
    private volatile boolean over;

    private SideClients() {}

    /** Clients that go on until they are ended. */
    static SideClients start(Site site, int clients, Work work) throws Exception {
        return start(site, clients, work, LONGEST);
    }

    /** Clients that do it once. */
    static SideClients once(Site site, int clients, Work work) throws Exception {
        return start(site, clients, work, Duration.ZERO);
    }

    private static SideClients start(Site site, int clients, Work work, Duration longest) throws Exception {
        SideClients side = new SideClients();
        long end = System.nanoTime() + longest.toNanos();
        return site.asClient(() -> {
            for (int i = 0; i < clients; i++) {
                Thread thread = new Thread(() -> side.run(work, end), "side-client-" + i);
                thread.setDaemon(true);
                side.threads.add(thread);
                thread.start();
            }
            return side;
        });
    }

    private void run(Work work, long end) {
        try {
            do {
                one(work).ifPresent(outcomes::add);
                TimeUnit.NANOSECONDS.sleep(PAUSE.toNanos());
            } while (!over && System.nanoTime() < end);
        } catch (InterruptedException x) {
            Thread.currentThread().interrupt(); // By end, which says so.
        }
    }

    private Optional<Outcome> one(Work work) throws InterruptedException {
        try {
            return work.once(() -> over);
        } catch (IOException x) {
            return Optional.of(Talk.outcome(x));
        }
    }

    /** Lets each client come to its end, and counts and returns what became of its requests. */
    Outcomes end(Site site) throws InterruptedException {
        over = true;
        long end = System.nanoTime() + 2 * Talk.LIMIT.toNanos();
        for (Thread thread : threads) {
            thread.join(Math.max(1, TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime())));
            if (thread.isAlive()) {
                site.violation(thread.getName() + " does not come to its end");
                thread.interrupt();
            }
        }
        Outcomes counted = Outcomes.of(outcomes);
        site.count(counted);
        return counted;
    }

    /** What such a client does. */
    interface Work {
        /**
         * Does it once.
         *
         * @param over whether the cell comes to its end
         * @return what to count; nothing for clients that deserve no answer
         * @throws IOException counted as what it means for a request
         */
        Optional<Outcome> once(BooleanSupplier over) throws IOException, InterruptedException;
    }
}
