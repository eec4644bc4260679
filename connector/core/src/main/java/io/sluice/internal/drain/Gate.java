package io.sluice.internal.drain;

import io.sluice.DrainStrategy;
import java.time.Duration;
import java.util.List;

/** New SYNs are dropped. Clients send them again after a second, which then reach another process. */
final class Gate extends Diversion {
    /** Without descriptors the first pass could last for ever, and the gate helps clients that are still to come. */
    private static final Duration FIRST_PASS_RETRIES = Duration.ofMillis(50);

    private final Duration handshakeTimeout;
    private final List<AcceptQueue> queues;

    /** Creates an open gate. */
    Gate(String reason, Drain.Settings settings, List<AcceptQueue> queues) {
        super(DrainStrategy.GATE, reason);
        this.handshakeTimeout = settings.handshakeTimeout();
        this.queues = queues;
    }

    @Override
    void beforeFirstPass(AcceptPasses passes) {
        passes.retryFor(FIRST_PASS_RETRIES);
    }

    @Override
    void settle(AcceptPasses passes) {
        dropSynsAndSettle(passes, passes.endIn(handshakeTimeout));
    }

    /** Closes the gate, behind which no handshake begins, and accepts those that are under way. */
    void dropSynsAndSettle(AcceptPasses passes, long end) {
        queues.forEach(queue -> queue.kernel().dropSyns());
        passes.retryUntilDeadline();
        passes.acceptUntilNoneHalfOpen(end);
    }

    /** Handshakes by syncookie leave no trace, and cannot be waited for. */
    @Override
    void beforeLastPass(AcceptQueue queue) {
        queue.kernel().dropCookieAcks();
    }
}
