package io.sluice;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** What a listener of drains was told. */
final class DrainCount implements DrainListener {
    private final List<String> events = new CopyOnWriteArrayList<>();
    private volatile DrainReport report;

    @Override
    public void onDrainStarted(DrainingServerConnector connector, DrainReport.Reason reason) {
        events.add("started");
    }

    @Override
    public void onDrainFinished(DrainingServerConnector connector, DrainReport done) {
        events.add("finished");
        report = done;
    }

    List<String> events() {
        return List.copyOf(events);
    }

    /** The last. */
    DrainReport report() {
        return report;
    }

    void reset() {
        events.clear();
    }
}
