package io.sluice.it.chaos;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.component.LifeCycle;

/** Answers {@code ok PID}, and goes wrong in several ways at paths of their own. */
final class FaultyHandler extends Handler.Abstract {
    static final long FOREVER_MILLIS = 120_000;
    private static final long SLOW_MILLIS = 700;
    private static final int LARGE_BYTES = 4 << 20;

    private final Server server;
    private final int delayMillis;
    private final AtomicInteger requests = new AtomicInteger();
    private volatile int lastRequest;
    private final CyclicBarrier bothHaveOne = new CyclicBarrier(2);
    private final Lock left = new ReentrantLock();
    private final Lock right = new ReentrantLock();

    FaultyHandler(Server server, int delayMillis) {
        this.server = server;
        this.delayMillis = delayMillis;
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) throws Exception {
        boolean stop = requests.incrementAndGet() == lastRequest;
        String body = "ok " + ProcessHandle.current().pid();
        switch (Request.getPathInContext(request)) {
            case "/stop" -> stop = true;
            case "/stop-after-20" -> lastRequest = requests.get() + 20;
            case "/slow" -> Thread.sleep(SLOW_MILLIS);
            case "/hang" -> Thread.sleep(FOREVER_MILLIS);
            case "/lock-left" -> lock(left, right);
            case "/lock-right" -> lock(right, left);
            case "/out-of-memory" -> body = "never " + fillMemory();
            case "/large" -> body = "x".repeat(LARGE_BYTES);
            case "/echo" -> body = Content.Source.asString(request);
            default -> Thread.sleep(delayMillis);
        }
        if (stop) {
            Request.addCompletionListener(
                    request, failure -> new Thread(() -> LifeCycle.stop(server), "stop-after-answer").start());
        }
        byte[] bytes = body.getBytes(StandardCharsets.US_ASCII);
        response.getHeaders().put(HttpHeader.CONTENT_LENGTH, bytes.length);
        response.write(true, ByteBuffer.wrap(bytes), callback);
        return true;
    }

    private void lock(Lock first, Lock second) throws InterruptedException, BrokenBarrierException {
        first.lock();
        bothHaveOne.await();
        second.lock();
    }

    private static long fillMemory() {
        List<long[]> memory = new ArrayList<>();
        while (memory.size() < Integer.MAX_VALUE) {
            memory.add(new long[1 << 20]);
        }
        return memory.size();
    }
}
