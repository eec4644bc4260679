package io.sluice.examples.rolling;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Workers that share a port and are replaced one at a time: a successor is started, and when it is READY the oldest one
 * gets SIGTERM.
 *
 * <p>Closing kills those that run, and so does the end of this process, by Ctrl-C or SIGTERM too.
 */
final class RollingWorkers implements AutoCloseable {
    private static final Duration READY_LIMIT = Duration.ofSeconds(30);
    private static final Duration EXIT_LIMIT = Duration.ofSeconds(30);

    /** What one restart can take at most. */
    static final Duration RESTART_LIMIT = READY_LIMIT.plus(EXIT_LIMIT);

    /** Of a Java process that SIGTERM has ended: it has run its shutdown hooks, and nothing else went wrong. */
    private static final int ENDED_BY_SIGTERM = 128 + 15;

    private final Supervisor.Starter starter;
    private final boolean drain;
    private final Thread closeAtExit = new Thread(this::killAll, "kill-workers");

    // All below is guarded by this.
    private final Map<WorkerProcess, WorkerState.Doing> running = new LinkedHashMap<>();
    private boolean closed;

    /**
     * No workers yet.
     *
     * @param starter starts one
     * @param drain whether a worker that is stopped prints DRAINED
     */
    RollingWorkers(Supervisor.Starter starter, boolean drain) {
        this.starter = starter;
        this.drain = drain;
    }

    /** Starts workers and waits until all are READY. */
    void start(int workers) throws IOException, InterruptedException {
        Runtime.getRuntime().addShutdownHook(closeAtExit);
        List<WorkerProcess> started = new ArrayList<>();
        for (int i = 0; i < workers; i++) {
            started.add(startOne());
        }
        for (WorkerProcess worker : started) {
            awaitReady(worker);
        }
    }

    /** Under the lock as a whole, so that no process can be started behind the back of {@link #close}. */
    private synchronized WorkerProcess startOne() throws IOException {
        checkOpen();
        WorkerProcess worker = starter.start();
        running.put(worker, WorkerState.Doing.STARTING);
        return worker;
    }

    private synchronized void checkOpen() {
        if (closed) {
            throw new WorkerException("stopped before the end");
        }
    }

    private void awaitReady(WorkerProcess worker) throws InterruptedException {
        worker.awaitReady(READY_LIMIT);
        is(worker, WorkerState.Doing.SERVING);
    }

    private synchronized void is(WorkerProcess worker, WorkerState.Doing doing) {
        running.put(worker, doing);
    }

    /**
     * Starts a worker and, when it is READY, stops the oldest one.
     *
     * @param number of the restart, from 1
     * @param timeline what the times of the restart are told in
     * @throws WorkerException if one of them does not do what it should, within its limit
     */
    Restart restartOldest(int number, Timeline timeline) throws IOException, InterruptedException {
        WorkerProcess oldest = oldest();
        long started = System.nanoTime();
        WorkerProcess successor = startOne();
        awaitReady(successor);
        long ready = System.nanoTime();
        is(oldest, WorkerState.Doing.DRAINING);
        oldest.terminate();
        int exitCode = oldest.awaitExit(EXIT_LIMIT);
        long ended = System.nanoTime();
        remove(oldest);
        checkOpen();
        if (exitCode != ENDED_BY_SIGTERM) {
            throw oldest.failure("ended with exit code " + exitCode);
        }
        if (drain && oldest.drained().isEmpty()) {
            throw oldest.failure("ended without a drain");
        }
        return new Restart(
                number, oldest.pid(), successor.pid(), timeline.at(started), timeline.at(ready), timeline.at(ended));
    }

    private synchronized WorkerProcess oldest() {
        return running.keySet().iterator().next();
    }

    private synchronized void remove(WorkerProcess worker) {
        running.remove(worker);
    }

    /** The workers, the oldest first. */
    synchronized List<WorkerState> states() {
        return running.entrySet().stream()
                .map(entry -> new WorkerState(entry.getKey().pid(), entry.getValue()))
                .toList();
    }

    @Override
    public void close() {
        killAll();
        try {
            Runtime.getRuntime().removeShutdownHook(closeAtExit);
        } catch (IllegalStateException x) {
            // The process is ending, so the hook runs already; killing twice does no harm.
        }
    }

    private void killAll() {
        List<WorkerProcess> all;
        synchronized (this) {
            closed = true;
            all = List.copyOf(running.keySet());
        }
        all.forEach(WorkerProcess::close);
    }
}
