package io.sluice.internal.lifecycle;

import io.sluice.DrainReport;
import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;

/** A drain for JDK Flight Recorder, with its phases, each from the start of the drain. */
@Name("io.sluice.Drain")
@Label("Drain")
@Category("Sluice")
@Description("A connector accepts what the kernel holds, closes its listener, and waits for all responses")
@StackTrace(false)
final class DrainEvent extends Event {
    @Label("Connector")
    String connector;

    @Label("Reason")
    String reason;

    @Label("Strategy")
    String strategy;

    @Label("Waited")
    @Description("From the stop to the start of the drain: preDrainDelay, waitForSuccessor")
    @Timespan(Timespan.NANOSECONDS)
    long waited;

    @Label("Until First Pass")
    @Timespan(Timespan.NANOSECONDS)
    long untilFirstPass;

    @Label("Until Settled")
    @Description("No handshake is half-open any more")
    @Timespan(Timespan.NANOSECONDS)
    long untilSettled;

    @Label("Until Closed")
    @Timespan(Timespan.NANOSECONDS)
    long untilClosed;

    @Label("Until Answered")
    @Timespan(Timespan.NANOSECONDS)
    long untilAnswered;

    @Label("Members")
    int members;

    @Label("First Pass")
    int firstPass;

    @Label("Stragglers")
    int stragglers;

    @Label("Answered")
    int answered;

    @Label("Unanswered")
    int unanswered;

    @Label("Lost")
    int lost;

    @Label("At Risk")
    int atRisk;

    @Label("Abandoned")
    @Description("Of those at risk: their clients left a SYN-ACK that was sent again unanswered")
    int abandoned;

    @Label("Idle Closed")
    int idleClosed;

    @Label("Taken Over By")
    @Description("The process that took the listeners over, 0 if none did or its id is not known here")
    long takenOverBy;

    @Label("Handed Over")
    @Description("Listeners that another process has taken over")
    int handedOver;

    @Label("Queued")
    @Description("Connections in the accept queues of those")
    int queued;

    @Label("Connections Handed Over")
    @Description("Open connections that it goes on with")
    int connectionsHandedOver;

    @Label("Upgraded Closed")
    @Description("WebSocket sessions and tunnels over which nothing went")
    int upgradedClosed;

    /** Ends the event, and records it if anybody wants it. */
    void finish(Object drained, DrainReport report) {
        end();
        if (!shouldCommit()) {
            return;
        }
        connector = drained.toString();
        reason = report.reason().toString();
        strategy = report.strategy().toString();
        waited = report.waited().toNanos();
        untilFirstPass = report.untilFirstPass().toNanos();
        untilSettled = report.untilSettled().toNanos();
        untilClosed = report.untilClosed().toNanos();
        untilAnswered = report.untilAnswered().toNanos();
        members = report.members();
        firstPass = report.firstPass();
        stragglers = report.stragglers();
        answered = report.answered();
        unanswered = report.unanswered();
        lost = report.lost();
        atRisk = report.atRisk();
        abandoned = report.abandoned();
        idleClosed = report.idleClosed();
        upgradedClosed = report.upgradedClosed();
        takenOverBy = report.takenOverBy();
        handedOver = report.handedOver();
        queued = report.queued();
        connectionsHandedOver = report.connectionsHandedOver();
        commit();
    }
}
