package io.sluice;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** What a listener of drains was told. */
final class DrainCount implements DrainListener {
    private final List<String> events = new CopyOnWriteArrayList<>();
    private final List<DrainReport> reports = new CopyOnWriteArrayList<>();

    @Override
    public void onDrainStarted(DrainingServerConnector connector, DrainReport.Reason reason) {
        events.add("started");
    }

    @Override
    public void onDrainFinished(DrainingServerConnector connector, DrainReport done) {
        events.add("finished");
        reports.add(done);
    }

    List<String> events() {
        return List.copyOf(events);
    }

    /** The last, null if there is none. */
    DrainReport report() {
        return reports.isEmpty() ? null : reports.get(reports.size() - 1);
    }

    /** All of them, the first one first. */
    List<DrainReport> reports() {
        return List.copyOf(reports);
    }

    void reset() {
        events.clear();
        reports.clear();
    }
}
