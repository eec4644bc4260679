package io.sluice.examples.rolling;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.examples.rolling.WorkerState.Doing;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class ViewTest {
    private final StringWriter text = new StringWriter();
    private final PrintWriter out = new PrintWriter(text);

    private static Snapshot snapshot(Phase phase, WorkerState... workers) {
        return new Snapshot(
                Strategy.STEER,
                phase,
                2,
                10,
                1234,
                SampleResults.outcomes(Outcome.OK, 1083).plus(SampleResults.outcomes(Outcome.UNAVAILABLE, 7)),
                List.of(workers));
    }

    /** One line for each thing that happened, without anything that only a terminal understands. */
    @Test
    void plainLines() {
        try (View view = new PlainView(out)) {
            view.begins(() -> snapshot(Phase.WARM_UP));
            view.calmEnds(snapshot(Phase.CALM));
            view.restarted(SampleResults.restart(3, 4000), snapshot(Phase.RESTARTS));
            view.ends(SampleResults.STEER);
        }
        assertEquals("""
                steer     without restarts  ok 1083  503 7
                steer     restart  3/10  worker 203 ready after 0.61 s, worker 103 gone after 0.04 s  ok 1083  503 7
                steer     with restarts     ok 630
                """, text.toString());
    }

    @Test
    void liveLinesTellWhoDrains() {
        assertEquals(
                List.of(
                        "steer     restart 3/10  298 requests/s",
                        "  ok 1083  reset 0  refused 0  timeout 0  503 7  other 0",
                        "  worker 11  draining",
                        "  worker 12  serving",
                        "  worker 13  starting"),
                LiveView.lines(
                        snapshot(
                                Phase.RESTARTS,
                                new WorkerState(11, Doing.DRAINING),
                                new WorkerState(12, Doing.SERVING),
                                new WorkerState(13, Doing.STARTING)),
                        298));
        assertEquals(
                "steer     without restarts  298 requests/s",
                LiveView.lines(snapshot(Phase.CALM), 298).get(0));
    }

    /** More lines than a terminal has could not be drawn again. */
    @Test
    void notAllOfManyWorkersAreShown() {
        List<String> lines = LiveView.lines(
                snapshot(
                        Phase.CALM,
                        LongStream.rangeClosed(1, 32)
                                .mapToObj(pid -> new WorkerState(pid, Doing.SERVING))
                                .toArray(WorkerState[]::new)),
                298);
        assertEquals(11, lines.size());
        assertEquals("  worker 8  serving", lines.get(9));
        assertEquals("  and 24 younger workers", lines.get(10));
    }

    /** Up over what was drawn before, clear, and draw again; what stays in the end is one line. */
    @Test
    void liveLinesAreDrawnOverEachOther() {
        try (LiveView view = new LiveView(out)) {
            Snapshot snapshot = snapshot(Phase.RESTARTS, new WorkerState(11, Doing.SERVING));
            view.begins(() -> snapshot);
            view.draw();
            view.ends(SampleResults.STEER);
        }
        // The first look tells no rate, and the timer may have looked too.
        String drawn = text.toString().replaceAll("\\d+ requests/s", "R requests/s");
        String block = "\r\u001b[Jsteer     restart 3/10  R requests/s\n"
                + "  ok 1083  reset 0  refused 0  timeout 0  503 7  other 0\n"
                + "  worker 11  serving\n";
        String last = "\u001b[3A\r\u001b[Jsteer     2 restarts  ok 630\n";
        assertTrue(drawn.startsWith(block + "\u001b[3A" + block), drawn);
        assertTrue(drawn.endsWith(last), drawn);
        assertEquals(
                "",
                drawn.substring(block.length(), drawn.length() - last.length()).replace("\u001b[3A" + block, ""));
    }

    @Test
    void aLineThatWouldWrapIsCut() {
        try (LiveView view = new LiveView(out)) {
            Snapshot many = new Snapshot(
                    Strategy.STEER,
                    Phase.CALM,
                    0,
                    1,
                    0,
                    Outcomes.counted(Map.of(
                            Outcome.OK, 1_000_000_000, Outcome.RESET, 1_000_000_000, Outcome.REFUSED, 1_000_000_000)),
                    List.of());
            view.begins(() -> many);
        }
        assertTrue(text.toString()
                .lines()
                .allMatch(line -> line.replaceAll("[\r\u001b]\\[?J?", "").length() <= 79));
    }

    /** Not in a file, a pipe or an editor. */
    @Test
    void onlyATerminalIsRedrawn() {
        assertTrue(Terminal.canRedraw("xterm-256color"));
        assertFalse(Terminal.canRedraw("dumb"));
        assertFalse(Terminal.canRedraw(""));
        assertFalse(Terminal.canRedraw(null));
    }

    @Test
    void theRateIsThatOfTheLastSecond() {
        RequestRate rate = new RequestRate();
        assertEquals(0, rate.perSecond(0, 1000));
        assertEquals(100, rate.perSecond(TimeUnit.MILLISECONDS.toNanos(500), 1050));
        assertEquals(200, rate.perSecond(TimeUnit.MILLISECONDS.toNanos(1000), 1200));
        assertEquals(300, rate.perSecond(TimeUnit.MILLISECONDS.toNanos(1500), 1350));
    }
}
