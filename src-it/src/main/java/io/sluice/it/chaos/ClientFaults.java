package io.sluice.it.chaos;

import java.time.Duration;
import java.util.List;

/** Clients that are out of the ordinary, besides the usual ones. */
final class ClientFaults {
    private static final String AXIS = "clients";
    private static final Duration EACH_BYTE = Duration.ofMillis(40);

    private ClientFaults() {}

    static List<Cell> cells() {
        return List.of(
                new Cell(AXIS, "headers come byte by byte", new SlowClients.SlowHeaders(EACH_BYTE)).inBrief(),
                new Cell(AXIS, "half a request, and never the rest", new SlowClients.HalfRequests()).alone(),
                new Cell(AXIS, "a large answer is read slowly", new SlowClients.SlowReaders()).alone(),
                new Cell(AXIS, "uploads come in pieces", new SlowClients.SlowUploads()),
                new Cell(AXIS, "reset in the accept queue", new OddClients.GoneFromQueue(true)).inBrief(),
                new Cell(AXIS, "closed in the accept queue", new OddClients.GoneFromQueue(false)),
                new Cell(AXIS, "pipelined requests", new OddClients.Pipelining())
                        .inBrief()
                        .alone(),
                new Cell(AXIS, "garbage", new OddClients.Garbage("\0\1\2\3 no HTTP at all \r\n\r\n")),
                new Cell(AXIS, "TLS to a plain port", new OddClients.Garbage(OddClients.TLS_HELLO)),
                new Cell(AXIS, "half-closed after the request", new OddClients.HalfClosed()),
                new Cell(AXIS, "1000 connections that are silent", new IdleCrowd(false))
                        .inBrief()
                        .alone(),
                new Cell(AXIS, "1000 connections that are kept alive", new IdleCrowd(true)).alone());
    }
}
