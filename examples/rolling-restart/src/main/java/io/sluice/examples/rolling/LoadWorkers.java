package io.sluice.examples.rolling;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * How the workers of a load are started.
 *
 * @param scenario what they are to go through
 * @param jar the worker
 * @param address where they listen
 */
record LoadWorkers(LoadScenario scenario, Path jar, InetSocketAddress address) {
    WorkerProcess start(Strategy strategy) throws IOException {
        List<String> options = new ArrayList<>(List.of(
                "--host=" + address.getAddress().getHostAddress(),
                "--port=" + address.getPort(),
                "--protocol=" + scenario.protocol(),
                "--threads=" + scenario.threads(),
                "--delay-ms=" + scenario.delayMillis()));
        options.addAll(strategy.workerOptions());
        return WorkerProcess.start(jar, options);
    }
}
