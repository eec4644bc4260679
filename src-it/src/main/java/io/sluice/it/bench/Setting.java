package io.sluice.it.bench;

import io.sluice.examples.rolling.WorkerProcess;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * What all figures have in common.
 *
 * @param jar where the processes to be started are
 * @param pairs how often the two sides of a comparison are measured
 * @param round how long each side runs at a time, where that can be chosen
 */
record Setting(Path jar, int pairs, Duration round) {
    /** The longest that a process of ours may take to become ready, or to end. */
    static final Duration PROCESS_LIMIT = Duration.ofSeconds(60);

    /** Of fixed size, so that no side is measured with a heap that still grows. */
    private static final List<String> JVM = List.of("-Xms256m", "-Xmx256m");

    /** Starts a main class of the jar; all are started alike. */
    WorkerProcess start(Class<?> main, List<String> args) throws IOException {
        List<String> all = new ArrayList<>(JVM);
        all.addAll(List.of("-cp", jar.toString(), main.getName()));
        all.addAll(args);
        return WorkerProcess.java(all);
    }
}
