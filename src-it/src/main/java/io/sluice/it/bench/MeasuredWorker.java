package io.sluice.it.bench;

import io.sluice.examples.rolling.WorkerProcess;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLConnection;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Function;

/** A {@link BenchWorker} under load, and what that costs it. */
final class MeasuredWorker implements AutoCloseable {
    private static final int SPENT_LIMIT_MILLIS = 10_000;

    private final WorkerProcess process;

    private MeasuredWorker(WorkerProcess process) {
        this.process = process;
    }

    static MeasuredWorker start(Setting setting, Contender contender, int acceptors)
            throws IOException, InterruptedException {
        WorkerProcess process = setting.start(
                BenchWorker.class,
                List.of("--connector", contender.option(), "--acceptors", Integer.toString(acceptors)));
        try {
            process.awaitReady(Setting.PROCESS_LIMIT);
            return new MeasuredWorker(process);
        } catch (InterruptedException | RuntimeException x) {
            process.close();
            throw x;
        }
    }

    /** Runs a load, and nothing else meanwhile. */
    Round round(int clients, Duration time, Function<InetSocketAddress, Callable<? extends Client>> client)
            throws IOException, InterruptedException {
        InetSocketAddress address = new InetSocketAddress("127.0.0.1", process.port());
        Spent before = spent();
        Load.Result load =
                Load.start(clients, Pace.EAGER, time, client.apply(address)).await();
        return new Round(load, spent().since(before));
    }

    private Spent spent() throws IOException {
        URLConnection request = URI.create("http://127.0.0.1:%d%s".formatted(process.port(), BenchServer.SPENT))
                .toURL()
                .openConnection();
        request.setReadTimeout(SPENT_LIMIT_MILLIS);
        try (InputStream answer = request.getInputStream()) {
            return Spent.parse(new String(answer.readAllBytes(), StandardCharsets.US_ASCII));
        }
    }

    @Override
    public void close() {
        process.close();
    }

    /** What clients saw, and what the worker spent on it. */
    record Round(Load.Result load, Spent spent) {
        double cpuMicros() {
            return spent.cpuNanos() / 1e3 / load.exchanges();
        }

        double bytes() {
            return (double) spent.allocatedBytes() / load.exchanges();
        }
    }
}
