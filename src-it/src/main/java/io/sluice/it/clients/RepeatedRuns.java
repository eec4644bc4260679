package io.sluice.it.clients;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Short runs of a program, one after another, in several loops at once. */
final class RepeatedRuns implements Load {
    private final List<Loop> loops = new ArrayList<>();
    private final Run run;
    private volatile boolean stopped;

    private RepeatedRuns(Run run) {
        this.run = run;
    }

    /**
     * Starts the loops.
     *
     * @param offset how much later each loop starts than the one before
     */
    static RepeatedRuns start(int loops, Duration offset, Run run) {
        RepeatedRuns load = new RepeatedRuns(run);
        for (int i = 0; i < loops; i++) {
            Loop loop = load.new Loop(i, offset.multipliedBy(i));
            load.loops.add(loop);
            loop.start();
        }
        return load;
    }

    @Override
    public boolean isRunning() {
        return loops.stream().allMatch(Thread::isAlive);
    }

    @Override
    public Tally stop() throws IOException, InterruptedException {
        stopped = true;
        Tally sum = Tally.NONE;
        for (Loop loop : loops) {
            loop.join();
            if (loop.failure != null) {
                throw loop.failure;
            }
            sum = sum.plus(loop.tally);
        }
        return sum;
    }

    @Override
    public void close() {
        stopped = true;
        // A loop that still runs kills its program then.
        loops.forEach(Thread::interrupt);
    }

    /** One run, which must have an end of its own. */
    @FunctionalInterface
    interface Run {
        Tally once() throws IOException, InterruptedException;
    }

    private final class Loop extends Thread {
        private final Duration delay;
        private Tally tally = Tally.NONE;
        private IOException failure;

        private Loop(int number, Duration delay) {
            super("client-loop-" + number);
            setDaemon(true);
            this.delay = delay;
        }

        @Override
        public void run() {
            try {
                TimeUnit.NANOSECONDS.sleep(delay.toNanos());
                while (!stopped) {
                    tally = tally.plus(run.once());
                }
            } catch (InterruptedException x) {
                failure = new IOException("interrupted", x);
            } catch (IOException x) {
                failure = x;
            } catch (RuntimeException x) {
                failure = new IOException(x);
            }
        }
    }
}
