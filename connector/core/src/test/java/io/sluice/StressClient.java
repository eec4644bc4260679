package io.sluice;

import java.io.IOException;
import java.net.ConnectException;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.IntSupplier;

/**
 * Connects and sends requests all the time. It may be refused, where nobody listens; but whatever it sends on an
 * established connection must be answered, at once or one after another, until an answer says that the connection ends.
 */
final class StressClient implements Runnable {
    private static final int MOST_REQUESTS = 3;
    private static final long AFTER_REFUSAL_NANOS = TimeUnit.MILLISECONDS.toNanos(2);

    private final IntSupplier port;
    private final Random random;
    private final BooleanSupplier enough;
    private final AtomicInteger answered;
    private final Queue<String> failures;

    StressClient(
            IntSupplier port, Random random, BooleanSupplier enough, AtomicInteger answered, Queue<String> failures) {
        this.port = port;
        this.random = random;
        this.enough = enough;
        this.answered = answered;
        this.failures = failures;
    }

    @Override
    public void run() {
        while (!enough.getAsBoolean()) {
            int target = port.getAsInt();
            if (target <= 0 || !visit(target)) {
                LockSupport.parkNanos(AFTER_REFUSAL_NANOS);
            }
        }
    }

    private boolean visit(int target) {
        try (TestClient client = TestClient.connect(target)) {
            boolean open = true;
            for (int requests = 1 + random.nextInt(MOST_REQUESTS); open && requests > 0; requests--) {
                client.send(TestClient.GET);
                String response = client.readResponse();
                if (!TestClient.isAnswered(response)) {
                    failures.add("answered with " + response);
                }
                answered.incrementAndGet();
                open = !TestClient.saysClose(response);
            }
            return true;
        } catch (ConnectException x) {
            return false;
        } catch (IOException x) {
            failures.add("on an established connection: " + x);
            return true;
        }
    }
}
