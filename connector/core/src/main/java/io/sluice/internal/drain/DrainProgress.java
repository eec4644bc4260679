package io.sluice.internal.drain;

import io.sluice.DrainReport;
import io.sluice.linux.KernelListener;
import java.time.Duration;

/** What has happened in a drain so far, and when: the report before it is one. */
final class DrainProgress {
    private final Drain.Time time;
    private final long start;
    private int members = KernelListener.UNKNOWN;
    private int firstPass;
    private int stragglers;
    private int atRisk;
    private int abandoned;
    private int left;
    private boolean queueLengthUnknown;
    private int neverServed;
    private Duration untilFirstPass;
    private Duration untilSettled;
    private Duration untilClosed;

    /** Starts the clock. */
    DrainProgress(Drain.Time time) {
        this.time = time;
        this.start = time.nanoTime();
    }

    /** Notes how many listeners share the port, and returns that. */
    int members(int counted) {
        members = counted;
        return counted;
    }

    /** Notes how many connections had been queued when the drain began. */
    void firstPassEnded(int accepted) {
        firstPass = accepted;
        untilFirstPass = elapsed();
    }

    /** Notes that no handshake is waited for any more. */
    void settled() {
        untilSettled = elapsed();
    }

    /** Counts what a listener leaves behind that is about to be closed. */
    void leaving(KernelListener listener) {
        atRisk += listener.halfOpen();
        int length = listener.queueLength();
        left += Math.max(0, length);
        queueLengthUnknown |= length == KernelListener.UNKNOWN;
    }

    /** Notes that all listeners are closed. */
    void closed(int accepted, Handshakes handshakes) {
        abandoned = handshakes.abandonedOf(atRisk);
        stragglers = accepted - firstPass;
        untilClosed = elapsed();
    }

    /** Notes how many connections were accepted and found no room. */
    void neverServed(int connections) {
        neverServed += connections;
    }

    private Duration elapsed() {
        return Duration.ofNanos(time.nanoTime() - start);
    }

    /** Gives the report of a drain that ends now. */
    DrainReport report(
            DrainReport.Reason reason, Duration waited, Diversion diversion, Clients.Tally tally, boolean cutShort) {
        return new DrainReport(
                reason,
                diversion.strategy(),
                diversion.reason(),
                firstPass,
                stragglers,
                tally.answered(),
                tally.unanswered(),
                queueLengthUnknown && cutShort ? DrainReport.UNKNOWN : tally.lost() + left + neverServed,
                atRisk,
                tally.idleClosed(),
                tally.upgradedClosed(),
                members,
                waited,
                untilFirstPass,
                untilSettled,
                untilClosed,
                elapsed(),
                abandoned,
                diversion.taker().pid(),
                diversion.taker().listeners(),
                diversion.taker().queued(),
                tally.handedOver());
    }
}
