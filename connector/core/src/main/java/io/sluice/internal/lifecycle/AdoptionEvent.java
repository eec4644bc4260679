package io.sluice.internal.lifecycle;

import io.sluice.Adoption;
import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** An adoption for JDK Flight Recorder. */
@Name("io.sluice.Adoption")
@Label("Adoption")
@Category("Sluice")
@Description("A connector takes over what a process had that stops, or has crashed")
@StackTrace(false)
final class AdoptionEvent extends Event {
    @Label("Connector")
    String connector;

    @Label("From")
    @Description("The process that had them; 0 if its id is not known here")
    long from;

    @Label("Listeners")
    int listeners;

    @Label("Queued")
    @Description("Connections that waited in the accept queues")
    int queued;

    @Label("Connections")
    @Description("Open ones, that go on here")
    int connections;

    @Label("Lost")
    @Description("Open connections that were handed over and cannot be served here after all")
    int lost;

    @Label("Crashed")
    boolean crashed;

    /** Records the event if anybody wants it. */
    static void record(Object adopter, Adoption adoption) {
        AdoptionEvent event = new AdoptionEvent();
        if (event.shouldCommit()) {
            event.connector = adopter.toString();
            event.from = adoption.from();
            event.listeners = adoption.listeners();
            event.connections = adoption.connections();
            event.queued = adoption.queued();
            event.lost = adoption.lost();
            event.crashed = adoption.crashed();
            event.commit();
        }
    }
}
