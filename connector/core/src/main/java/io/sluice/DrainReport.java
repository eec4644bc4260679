package io.sluice;

import java.time.Duration;
import java.util.Locale;

/**
 * What one drain did.
 *
 * @param reason what set it off
 * @param strategy the strategy that was used, never {@link DrainStrategy#AUTO}
 * @param strategyReason why that strategy
 * @param firstPass connections that waited in the accept queue when the drain began
 * @param stragglers connections accepted after the first pass, up to the close of the listener
 * @param answered connections that had their first answer during the drain, whether they were drained or had been
 *     accepted before; clients that left without an answer are not among them, unless their answer could still be written:
 *     a client that has ended its side may be waiting for it
 * @param unanswered connections still open without their first answer when the time was over, and requests then still
 *     in flight
 * @param lost connections that were taken from the kernel but could not be served, plus those still in the accept queue
 *     when the listener was closed; {@link #UNKNOWN} where the queue could neither be emptied nor seen, and where the
 *     drain itself failed
 * @param atRisk half-open handshakes that were not over when the listener was closed; 0 where they cannot be seen, as with {@link DrainStrategy#TWO_PASS}
 * @param idleClosed HTTP/1 connections that were closed because no request came within {@code keepAliveGrace}; nobody was
 *     promised anything on them
 * @param upgradedClosed WebSocket sessions and CONNECT tunnels that were closed because nothing went over them for {@code
 *     keepAliveGrace}; whether anybody was at work behind them cannot be seen. One that is still busy when the time is over
 *     is among the unanswered
 * @param members listeners that shared the port when the drain began, this one included; {@link #UNKNOWN} where they
 *     cannot be counted
 * @param waited from the stop to the start of the drain, see {@link DrainingServerConnector#setPreDrainDelay} and {@link
 *     DrainingServerConnector#setWaitForSuccessor}
 * @param untilFirstPass from the start of the drain to the end of the first accept pass
 * @param untilSettled from the start of the drain to the moment in which no handshake was half-open any more, or the
 *     wait for that was over
 * @param untilClosed from the start of the drain to the closed listener
 * @param untilAnswered from the start of the drain to its end, when everything promised was answered or the time over
 * @param abandoned those of {@code atRisk} whose clients left two or more SYN-ACKs unanswered, the last of them for a second
 *     at least, as scanners do; what had begun for them is no connection
 * @param takenOverBy the process that took the listeners over; 0 if none did, or its id is not known here, as in another
 *     container
 * @param handedOver how many listeners it took over, 0 if none did
 * @param queued how many connections were in their accept queues then; this process or that one has accepted them since
 * @param connectionsHandedOver open connections that it goes on with, between two requests; their clients see nothing
 */
public record DrainReport(
        Reason reason,
        DrainStrategy strategy,
        String strategyReason,
        int firstPass,
        int stragglers,
        int answered,
        int unanswered,
        int lost,
        int atRisk,
        int idleClosed,
        int upgradedClosed,
        int members,
        Duration waited,
        Duration untilFirstPass,
        Duration untilSettled,
        Duration untilClosed,
        Duration untilAnswered,
        int abandoned,
        long takenOverBy,
        int handedOver,
        int queued,
        int connectionsHandedOver) {

    /** The value of {@link #lost()} and {@link #members()} where nothing tells how many. */
    public static final int UNKNOWN = -1;

    /** What set a drain off. */
    public enum Reason {
        /** The server is stopping: {@code Server.stop()}, SIGTERM, the stop port. */
        SERVER_STOP,
        /** Only the connector is stopping: {@code connector.stop()}. */
        CONNECTOR_STOP,
        /** {@code connector.shutdown()} was called, by a graceful shutdown that did not begin at the server. */
        SHUTDOWN,
        /** {@code connector.close()} was called: the listener is closed, and the connections live on until a stop. */
        CLOSE;

        /** Whether the rest of the server stops too, as far as can be known. */
        boolean isOfServer() {
            return this == SERVER_STOP || this == SHUTDOWN;
        }
    }

    /**
     * Whether every connection that had begun got its answer, as far as can be seen.
     *
     * @return true if nothing was lost, at risk without being abandoned, or left unanswered
     */
    public boolean isLossless() {
        return lost == 0 && atRisk <= abandoned && unanswered == 0;
    }

    /**
     * This report as one line of JSON, durations in milliseconds.
     *
     * @return a JSON object
     */
    public String toJson() {
        return String.format(
                Locale.ROOT,
                "{\"reason\":\"%s\",\"strategy\":\"%s\",\"strategyReason\":\"%s\",\"firstPass\":%d,\"stragglers\":%d,\"answered\":%d,"
                        + "\"unanswered\":%d,\"lost\":%d,\"atRisk\":%d,\"idleClosed\":%d,\"upgradedClosed\":%d,\"members\":%d,\"waitedMillis\":%.3f,"
                        + "\"untilFirstPassMillis\":%.3f,\"untilSettledMillis\":%.3f,\"untilClosedMillis\":%.3f,\"untilAnsweredMillis\":%.3f,"
                        + "\"abandoned\":%d,\"takenOverBy\":%d,\"handedOver\":%d,\"queued\":%d,\"connectionsHandedOver\":%d}",
                reason.name().toLowerCase(Locale.ROOT).replace('_', '-'),
                strategy,
                strategyReason.replaceAll("[\"\\\\\\p{Cntrl}]", "'"), // No character that JSON would want escaped.
                firstPass,
                stragglers,
                answered,
                unanswered,
                lost,
                atRisk,
                idleClosed,
                upgradedClosed,
                members,
                millis(waited),
                millis(untilFirstPass),
                millis(untilSettled),
                millis(untilClosed),
                millis(untilAnswered),
                abandoned,
                takenOverBy,
                handedOver,
                queued,
                connectionsHandedOver);
    }

    private static double millis(Duration duration) {
        return duration.toNanos() / 1e6;
    }
}
