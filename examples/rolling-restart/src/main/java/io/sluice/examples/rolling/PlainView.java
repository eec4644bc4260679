package io.sluice.examples.rolling;

import java.io.PrintWriter;
import java.time.Duration;
import java.util.Locale;
import java.util.function.Supplier;

/** Lines for a file or a pipe: one for each restart. */
final class PlainView implements View {
    private final PrintWriter out;

    PlainView(PrintWriter out) {
        this.out = out;
    }

    @Override
    public void begins(Supplier<Snapshot> now) {
        // What there is to tell comes with the end of each phase.
    }

    @Override
    public void calmEnds(Snapshot now) {
        print("%-8s  without restarts  %s".formatted(now.strategy(), now.outcomes()));
    }

    @Override
    public void restarted(Restart restart, Snapshot now) {
        print("%-8s  restart %2d/%d  worker %d ready after %s s, worker %d gone after %s s  %s"
                .formatted(
                        now.strategy(),
                        restart.number(),
                        now.restarts(),
                        restart.newPid(),
                        seconds(restart.startTook()),
                        restart.oldPid(),
                        seconds(restart.stopTook()),
                        now.outcomes()));
    }

    private static String seconds(Duration duration) {
        return String.format(Locale.ROOT, "%.2f", duration.toMillis() / 1000.0);
    }

    @Override
    public void ends(StrategyResult result) {
        print("%-8s  with restarts     %s"
                .formatted(result.strategy(), result.restarting().outcomes()));
    }

    private void print(String line) {
        out.println(line);
        out.flush();
    }

    @Override
    public void close() {
        // Each line is out already.
    }
}
