package io.sluice.internal.lifecycle;

import io.sluice.Adoption;
import io.sluice.DrainListener;
import io.sluice.DrainReport;
import io.sluice.DrainingServerConnector;
import io.sluice.internal.drain.Drain;
import jdk.jfr.FlightRecorder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells of the drains and adoptions of one connector: the log, Flight Recorder, and its {@link DrainListener}s. */
public final class DrainLog implements Drain.Observer {
    private static final Logger LOG = LoggerFactory.getLogger(DrainingServerConnector.class);

    private final DrainingServerConnector connector;
    private final DrainListeners listeners;
    private final DrainListeners adoptionListeners; // Others, because these may stop the connector.
    private DrainEvent event; // Used by the thread that drains.
    private volatile Adoption lastAdoption;

    /** Makes the log of a connector. */
    public DrainLog(DrainingServerConnector connector) {
        this.connector = connector;
        this.listeners = new DrainListeners(connector::getEventListeners);
        this.adoptionListeners = new DrainListeners(connector::getEventListeners);
    }

    /** Tells whether this is called by a listener, which must not wait for a drain that waits for it. */
    public boolean isTelling() {
        return listeners.isTelling();
    }

    @Override
    public void started(DrainReport.Reason reason) {
        // The first class of an event that a JVM loads starts Flight Recorder, which takes 70 to 100 ms: only where
        // somebody has started it anyway.
        event = FlightRecorder.isInitialized() ? new DrainEvent() : null;
        if (event != null) {
            event.begin();
        }
        LOG.debug("Drain of {} started: {}", connector, reason);
        listeners.tell(listener -> listener.onDrainStarted(connector, reason));
    }

    @Override
    public void finished(DrainReport report) {
        if (event != null) {
            event.finish(connector, report);
        }
        if (report.isLossless()) {
            LOG.info("Drained {} {}", connector, report.toJson());
        } else {
            LOG.warn(
                    "Drained {}, but lost {} connections, left {} handshakes at risk and {} unanswered: {}",
                    connector,
                    report.lost() == DrainReport.UNKNOWN ? "an unknown number of" : report.lost(),
                    report.atRisk() - report.abandoned(),
                    report.unanswered(),
                    report.toJson());
        }
        listeners.tell(listener -> listener.onDrainFinished(connector, report));
    }

    /** Gives what was taken over last; null if nothing was. */
    public Adoption lastAdoption() {
        return lastAdoption;
    }

    /** Tells that something was taken over, in a thread of its own. */
    public void adopted(Adoption adoption) {
        lastAdoption = adoption;
        log(adoption);
        if (FlightRecorder.isInitialized()) { // See started().
            AdoptionEvent.record(connector, adoption);
        }
        adoptionListeners.tell(listener -> listener.onAdopted(connector, adoption));
    }

    private void log(Adoption adoption) {
        String listeners = adoption.listeners() == 1 ? "listener" : adoption.listeners() + " listeners";
        if (adoption.crashed()) {
            LOG.warn(
                    "Process {} has ended without a word: {} accepts from its {}, in which {} connections wait; what it had"
                            + " accepted is lost",
                    adoption.from(),
                    connector,
                    listeners,
                    adoption.queued());
        } else if (adoption.lost() > 0) {
            LOG.warn(
                    "{} goes on with {} open connections of process {}, which stops; {} are lost, because they cannot be served"
                            + " here any more",
                    connector,
                    adoption.connections(),
                    adoption.from(),
                    adoption.lost());
        } else if (adoption.connections() > 0) {
            LOG.info(
                    "{} goes on with {} open connections of process {}, which stops",
                    connector,
                    adoption.connections(),
                    adoption.from());
        } else {
            LOG.info(
                    "{} accepts from the {} of process {}, which stops; {} connections waited there",
                    connector,
                    listeners,
                    adoption.from(),
                    adoption.queued());
        }
    }
}
