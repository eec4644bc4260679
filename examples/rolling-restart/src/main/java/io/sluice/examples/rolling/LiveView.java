package io.sluice.examples.rolling;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** A few lines of a terminal that are drawn again and again. When a strategy is done, one line of it stays. */
final class LiveView implements View {
    private static final int EVERY_MILLIS = 200;

    /** Longer lines would wrap, and then there would be more of them than go up again. */
    private static final int WIDTH = 79;

    private static final int MOST_WORKERS = 8;
    private static final String UP = "\u001b[%dA";
    private static final String CLEAR_BELOW = "\r\u001b[J";

    private final PrintWriter out;
    private final ScheduledExecutorService timer;

    // All below is guarded by this.
    private Supplier<Snapshot> now;
    private RequestRate rate = new RequestRate();
    private int drawnLines;

    LiveView(PrintWriter out) {
        this.out = out;
        timer = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread thread = new Thread(task, "live-view");
            thread.setDaemon(true);
            return thread;
        });
        timer.scheduleWithFixedDelay(this::draw, EVERY_MILLIS, EVERY_MILLIS, TimeUnit.MILLISECONDS);
    }

    @Override
    public synchronized void begins(Supplier<Snapshot> snapshots) {
        now = snapshots;
        rate = new RequestRate();
        draw();
    }

    /** Draws the state of this moment over that of the last one. */
    synchronized void draw() {
        if (now != null) {
            Snapshot snapshot = now.get();
            replace(lines(snapshot, rate.perSecond(System.nanoTime(), snapshot.finished())));
        }
    }

    private void replace(List<String> lines) {
        StringBuilder text = new StringBuilder();
        if (drawnLines > 0) {
            text.append(UP.formatted(drawnLines));
        }
        text.append(CLEAR_BELOW);
        lines.forEach(line -> text.append(line.length() > WIDTH ? line.substring(0, WIDTH) : line)
                .append('\n'));
        out.print(text);
        out.flush();
        drawnLines = lines.size();
    }

    /** What is drawn. */
    static List<String> lines(Snapshot snapshot, long perSecond) {
        List<String> lines = new ArrayList<>();
        String progress = snapshot.phase() == Phase.RESTARTS
                ? "restart %d/%d"
                        .formatted(Math.min(snapshot.restartsDone() + 1, snapshot.restarts()), snapshot.restarts())
                : snapshot.phase().toString();
        lines.add("%-8s  %s  %d requests/s".formatted(snapshot.strategy(), progress, perSecond));
        StringBuilder outcomes = new StringBuilder(" ");
        for (Outcome outcome : Outcome.values()) {
            outcomes.append(" %s %d ".formatted(outcome, snapshot.outcomes().count(outcome)));
        }
        lines.add(outcomes.toString().stripTrailing());
        List<WorkerState> workers = snapshot.workers();
        workers.stream()
                .limit(MOST_WORKERS)
                .map(worker -> "  worker %d  %s".formatted(worker.pid(), worker.doing()))
                .forEach(lines::add);
        if (workers.size() > MOST_WORKERS) {
            lines.add("  and %d younger workers".formatted(workers.size() - MOST_WORKERS));
        }
        return lines;
    }

    @Override
    public void calmEnds(Snapshot snapshot) {
        // Seen by whoever looks.
    }

    @Override
    public void restarted(Restart restart, Snapshot snapshot) {
        // Seen by whoever looks.
    }

    @Override
    public synchronized void ends(StrategyResult result) {
        now = null;
        replace(List.of("%-8s  %d restarts  %s"
                .formatted(
                        result.strategy(),
                        result.restarts().size(),
                        result.restarting().outcomes())));
        drawnLines = 0;
    }

    @Override
    public void close() {
        timer.shutdownNow();
        synchronized (this) {
            now = null;
        }
    }
}
