package io.sluice.it.chaos;

import io.sluice.examples.rolling.WorkerProcess;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * How a worker is started.
 *
 * @param launcher the program that becomes the worker, or nothing
 * @param jvm options of the Java virtual machine
 * @param options options of the worker
 */
record Launch(List<String> launcher, List<String> jvm, List<String> options) {
    Launch through(String... program) {
        List<String> all = new ArrayList<>(List.of(program));
        all.addAll(launcher);
        return new Launch(all, jvm, options);
    }

    Launch withJvm(String... more) {
        return new Launch(launcher, plus(jvm, more), options);
    }

    /** The last of several for the same counts. */
    Launch with(String... more) {
        return new Launch(launcher, jvm, plus(options, more));
    }

    WorkerProcess start(Path jar) throws IOException {
        List<String> args = new ArrayList<>(jvm);
        args.addAll(List.of("-cp", jar.toString(), FaultyWorker.class.getName()));
        args.addAll(options);
        return WorkerProcess.java(launcher, args);
    }

    private static List<String> plus(List<String> list, String... more) {
        List<String> all = new ArrayList<>(list);
        all.addAll(List.of(more));
        return List.copyOf(all);
    }
}
