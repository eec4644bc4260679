package io.sluice.it;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.examples.rolling.WorkerProcess;
import io.sluice.it.net.EstablishedConnections;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A drain on a host with 50,400 established connections: what it asks of the kernel must not grow with them. */
@Timeout(120)
class ManyConnectionsIT {
    private static final int HOLDERS = 6; // A process may have 20,000 descriptors, two for a connection.
    private static final int CONNECTIONS_OF_ONE = 8_400;
    private static final double MOST_MILLIS = 100; // For two readings of half-open handshakes, and all the rest.

    @Test
    void aDrainAmongManyConnectionsIsQuick() throws Exception {
        List<WorkerProcess> holders = new ArrayList<>();
        try {
            for (int i = 0; i < HOLDERS; i++) {
                holders.add(holdConnections());
            }
            for (WorkerProcess holder : holders) {
                holder.awaitReady(Workers.LIMIT);
            }
            try (WorkerProcess leaving = Workers.start("draining");
                    WorkerProcess staying = Workers.startAt(List.of(), leaving.port(), "draining")) {
                leaving.terminate();
                leaving.awaitExit(Workers.LIMIT);

                Matcher report = Pattern.compile("\"untilClosedMillis\":([0-9.]+)")
                        .matcher(leaving.drained().orElseThrow());
                assertTrue(report.find(), "no time in the report of " + staying.port());
                assertTrue(Double.parseDouble(report.group(1)) < MOST_MILLIS, leaving.drained()::toString);
            }
        } finally {
            holders.forEach(WorkerProcess::close);
        }
    }

    private static WorkerProcess holdConnections() throws IOException {
        return WorkerProcess.java(List.of(
                "-cp",
                System.getProperty("java.class.path"),
                EstablishedConnections.class.getName(),
                Integer.toString(CONNECTIONS_OF_ONE)));
    }
}
