package io.sluice.examples.rolling;

import java.io.IOException;
import java.time.Duration;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * Keeps a number of workers running and replaces each that ends. A worker that never gets ready, or that ends by itself
 * with an exit code other than 0, ends the supervision: starting it over and over would only hide the error.
 *
 * <p>Closing it kills its workers, and so does the end of this process, by Ctrl-C or SIGTERM too.
 */
final class Supervisor implements AutoCloseable {
    /** Starts one worker. */
    @FunctionalInterface
    interface Starter {
        WorkerProcess start() throws IOException;
    }

    private static final Duration READY_LIMIT = Duration.ofSeconds(30);
    private static final Duration EXIT_LIMIT = Duration.ofSeconds(30);

    /** More than a worker takes to end once it has decided to. */
    private static final Duration OWN_ACCORD = Duration.ofSeconds(3);

    /** How long a worker may be in service: longer than any run. */
    private static final Duration SERVICE_LIMIT = Duration.ofDays(1);

    private final int workers;
    private final Starter starter;
    private final Thread closeAtExit = new Thread(this::killAll, "kill-workers");

    // All below is guarded by this.
    private final Set<WorkerProcess> running = new HashSet<>();
    private final Set<WorkerProcess> inService = new HashSet<>();
    private final Set<WorkerProcess> terminated = new HashSet<>();
    private WorkerException failure;
    private boolean closed;

    Supervisor(int workers, Starter starter) {
        this.workers = workers;
        this.starter = starter;
    }

    /** Starts the workers and returns at once. */
    void start() {
        Runtime.getRuntime().addShutdownHook(closeAtExit);
        for (int place = 1; place <= workers; place++) {
            Thread thread = new Thread(this::keepOneRunning, "supervise-" + place);
            thread.setDaemon(true);
            thread.start();
        }
    }

    private void keepOneRunning() {
        try {
            while (true) {
                WorkerProcess worker = startWorker();
                worker.awaitReady(READY_LIMIT);
                enterService(worker);
                leaveService(worker, worker.awaitExit(SERVICE_LIMIT));
            }
        } catch (WorkerException x) {
            fail(x);
        } catch (IOException x) {
            fail(new WorkerException("no worker can be started: " + x.getMessage()));
        } catch (InterruptedException | RuntimeException x) {
            fail(new WorkerException("the supervisor failed: " + x));
        }
    }

    /** Under the lock as a whole, so that no process can be started behind the back of {@link #close}. */
    private synchronized WorkerProcess startWorker() throws IOException {
        if (closed) {
            throw new WorkerException("the supervisor is closed");
        }
        WorkerProcess worker = starter.start();
        running.add(worker);
        return worker;
    }

    private synchronized void enterService(WorkerProcess worker) {
        inService.add(worker);
        notifyAll();
    }

    private synchronized void leaveService(WorkerProcess worker, int exitCode) {
        running.remove(worker);
        inService.remove(worker);
        boolean asWished = exitCode == 0 || terminated.contains(worker);
        terminated.remove(worker);
        if (!asWished) {
            WorkerException crash = worker.failure("ended with exit code " + exitCode);
            // Under the same lock, so that nobody sees it gone without seeing why.
            fail(crash);
            throw crash;
        }
        notifyAll();
    }

    private synchronized void fail(WorkerException cause) {
        if (failure == null) {
            failure = cause;
        }
        notifyAll();
    }

    /**
     * Waits until every worker is READY.
     *
     * @return the workers that are in service now
     * @throws WorkerException if one of them fails
     */
    synchronized List<WorkerProcess> awaitAllReady() throws InterruptedException {
        // Twice the limit of one worker: it may have to be replaced first.
        if (!await(() -> inService.size() == workers, READY_LIMIT.multipliedBy(2))) {
            throw new WorkerException("only %d of %d workers are READY".formatted(inService.size(), workers));
        }
        return List.copyOf(inService);
    }

    /**
     * Waits until none of these workers is in service any more. One that has not ended by itself within a few seconds
     * did not get enough requests for that, and is told to stop.
     *
     * @throws WorkerException if one of them fails, or does not end in time
     */
    synchronized void awaitEnd(Collection<WorkerProcess> old) throws InterruptedException {
        BooleanSupplier allGone = () -> Collections.disjoint(inService, old);
        if (await(allGone, OWN_ACCORD)) {
            return;
        }
        old.stream().filter(inService::contains).forEach(worker -> {
            terminated.add(worker);
            worker.terminate();
        });
        if (!await(allGone, EXIT_LIMIT)) {
            WorkerProcess left =
                    old.stream().filter(inService::contains).findFirst().orElseThrow();
            throw left.failure("did not exit within " + EXIT_LIMIT.toSeconds() + " s");
        }
    }

    private boolean await(BooleanSupplier condition, Duration limit) throws InterruptedException {
        long deadline = System.nanoTime() + limit.toNanos();
        while (true) {
            if (failure != null) {
                throw failure;
            }
            if (condition.getAsBoolean()) {
                return true;
            }
            long left = deadline - System.nanoTime();
            if (left <= 0) {
                return false;
            }
            TimeUnit.NANOSECONDS.timedWait(this, left);
        }
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
            all = List.copyOf(running);
            fail(new WorkerException("stopped before the end"));
        }
        all.forEach(WorkerProcess::close);
    }
}
