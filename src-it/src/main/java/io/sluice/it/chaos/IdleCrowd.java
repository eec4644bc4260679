package io.sluice.it.chaos;

import io.sluice.examples.rolling.Outcome;
import io.sluice.examples.rolling.WorkerProcess;
import io.sluice.it.net.Report;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToIntFunction;

/**
 * Many connections on which nothing comes: they go on in another worker, or hold a stop for keepAliveGrace, and are told
 * of.
 */
final class IdleCrowd implements Fault {
    private static final int CROWD = 1000;
    private static final int LOOK_MILLIS = 1;

    private final boolean afterAnswer;
    private final List<Talk> crowd = new ArrayList<>();
    private final List<WorkerProcess> stopped = new ArrayList<>();

    /** A crowd that has had an answer before, or none. */
    IdleCrowd(boolean afterAnswer) {
        this.afterAnswer = afterAnswer;
    }

    /** With all that is usual it takes 2 s. */
    @Override
    public Duration stopLimit() {
        return Duration.ofSeconds(5);
    }

    @Override
    public void serving(Site site) throws Exception {
        site.closedWithSite(() -> {
            for (Talk talk : crowd) {
                talk.close();
            }
        });
        site.asClient(() -> {
            for (int i = 0; i < CROWD; i++) {
                Talk talk = new Talk(site.address());
                crowd.add(talk);
                if (afterAnswer) {
                    talk.send(Talk.REQUEST);
                    if (talk.receive().outcome() != Outcome.OK) {
                        site.violation("one of the crowd was not answered");
                    }
                }
            }
            return null;
        });
    }

    @Override
    public void stopping(Site site, WorkerProcess worker) {
        stopped.add(worker);
    }

    @Override
    public void over(Site site) throws Exception {
        int closed = 0;
        for (Talk talk : crowd) {
            closed += isClosed(talk.socket()) ? 1 : 0;
        }
        boolean allTold = stopped.stream().allMatch(worker -> worker.drained().isPresent());
        int told = sum(Report::idleClosed);
        int handedOver = sum(Report::connectionsHandedOver);
        if (closed + handedOver == 0 || allTold && told < closed) {
            site.violation("%d of a crowd of %d are closed, the reports tell of %d, and of %d that are handed over"
                    .formatted(closed, CROWD, told, handedOver));
        }
    }

    private int sum(ToIntFunction<Report> count) {
        return stopped.stream()
                .filter(worker -> worker.drained().isPresent())
                .map(Report::of)
                .mapToInt(count)
                .sum();
    }

    private static boolean isClosed(Socket socket) throws IOException {
        socket.setSoTimeout(LOOK_MILLIS);
        try {
            return socket.getInputStream().read() < 0;
        } catch (SocketTimeoutException x) {
            return false;
        } catch (IOException x) {
            return true;
        }
    }
}
