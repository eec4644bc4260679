package io.sluice.it.chaos;

import io.sluice.examples.rolling.WorkerProcess;
import io.sluice.it.OwnClasses;
import io.sluice.it.net.User;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * How a worker is started.
 *
 * @param jar has the worker's program
 * @param launcher the program that becomes the worker, or nothing
 * @param jvm options of the Java virtual machine
 * @param options options of the worker
 */
record Launch(Path jar, List<String> launcher, List<String> jvm, List<String> options) {
    private static final List<String> QUICK_START = List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx128m");

    /** A worker of this version. */
    static Launch ofThis(String connector, String strategy, User user) throws IOException, InterruptedException {
        Path jar = OwnClasses.path();
        return new Launch(
                jar, user.launcher(jar), QUICK_START, List.of("--connector", connector, "--strategy", strategy));
    }

    /** The same worker of another version. */
    Launch of(Path otherJar) {
        return new Launch(otherJar, launcher, jvm, options);
    }

    Launch through(String... program) {
        List<String> all = new ArrayList<>(List.of(program));
        all.addAll(launcher);
        return new Launch(jar, all, jvm, options);
    }

    Launch withJvm(String... more) {
        return new Launch(jar, launcher, plus(jvm, more), options);
    }

    /** The last of several for the same counts. */
    Launch with(String... more) {
        return new Launch(jar, launcher, jvm, plus(options, more));
    }

    WorkerProcess start() throws IOException {
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
