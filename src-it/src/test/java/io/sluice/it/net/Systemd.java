package io.sluice.it.net;

import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;

/**
 * A systemd that is the first process of namespaces of its own, with a root directory that has the system's programs and
 * nothing else of it. It can change nothing outside: what is not in a namespace, /proc/sys above all, is read-only.
 */
final class Systemd implements ServiceManager {
    private static final Duration LIMIT = Duration.ofSeconds(20);
    private static final String SYSTEMD = "/lib/systemd/systemd";

    /** Makes the root directory and becomes systemd. Its arguments: the directory, units, jar, JDK, example. */
    private static final String INIT = """
            set -e
            mount --make-rprivate /
            mount -t tmpfs -o mode=755 root "$1"
            cd "$1"
            mkdir -p usr proc sys dev/pts dev/shm run tmp var etc/systemd opt/sluice opt/java opt/example
            for name in bin sbin lib lib64; do ln -s usr/$name $name; done
            mount --bind /usr usr
            mount -o remount,bind,ro usr
            mount --bind "$4" opt/java
            mount -o remount,bind,ro opt/java
            mount --bind "$5" opt/example
            mount -o remount,bind,ro opt/example
            cp "$3" opt/sluice/sluice-worker.jar
            cp -r "$2" etc/systemd/system
            cp -r /etc/ld.so.cache /etc/alternatives etc
            cp -rL /etc/java* etc 2> /dev/null || true # What Debian's JDK has links to.
            echo 'root:x:0:0:root:/:/bin/sh' > etc/passwd
            echo 'root:x:0:' > etc/group
            : > etc/machine-id
            chmod 1777 tmp
            mount -t proc proc proc
            # What is in there is for the whole machine, and systemd would set some of it.
            mount --bind proc/sys proc/sys
            mount -o remount,bind,ro proc/sys
            mount -t sysfs -o ro sysfs sys
            mount -t cgroup2 cgroup2 sys/fs/cgroup
            mknod -m 666 dev/null c 1 3
            mknod -m 666 dev/zero c 1 5
            mknod -m 666 dev/full c 1 7
            mknod -m 666 dev/random c 1 8
            mknod -m 666 dev/urandom c 1 9
            mknod -m 666 dev/tty c 5 0
            ln -s pts/ptmx dev/ptmx
            ln -s /proc/self/fd dev/fd
            mkdir old
            pivot_root . old
            umount -l old
            exec setpriv --bounding-set=-sys_boot,-sys_module,-sys_rawio,-sys_time,-syslog \\
                env -i container=other PATH=/usr/bin:/usr/sbin \\
                /lib/systemd/systemd --unit=workers.target --show-status=no
            """;

    private final Path cgroup;
    private final NetworkNamespace network;
    private final Process unshare;
    private final String init;

    /**
     * Runs, with the unit installed but not started.
     *
     * @param directory for its files
     */
    Systemd(Path directory) throws Exception {
        Requirement.root();
        Requirement.program("unshare", "util-linux");
        Requirement.program("curl", "curl");
        if (!Files.isExecutable(Path.of(SYSTEMD))) {
            throw Requirement.missing(SYSTEMD + ", of the Debian package systemd");
        }
        Path units = units(directory.resolve("units"));
        cgroup = cgroup();
        NetworkNamespace made = null;
        Process started = null;
        try {
            made = NetworkNamespace.create();
            Path log = directory.resolve("log");
            ProcessBuilder builder = new ProcessBuilder(
                            "sh",
                            "-c",
                            // All that it starts is in this control group, and ends when unshare is killed.
                            "echo $$ > \"$0/cgroup.procs\" && exec unshare --mount --pid --fork --kill-child --ipc"
                                    + " --uts --cgroup sh -c \"$@\"",
                            cgroup.toString(),
                            INIT,
                            "init",
                            Files.createDirectory(directory.resolve("root")).toString(),
                            units.toString(),
                            System.getProperty("sluice.worker"),
                            System.getProperty("java.home"),
                            UnitFile.example("").toRealPath().toString())
                    .redirectErrorStream(true)
                    .redirectOutput(log.toFile());
            started = made.call(builder::start);
            network = made;
            unshare = started;
            init = awaitInit(log);
        } catch (Exception | Error x) {
            end(started, made);
            throw x;
        }
    }

    /** The example's unit, with the JDK that runs this test, and nothing else that is started with the system. */
    private static Path units(Path directory) throws IOException {
        Files.createDirectory(directory);
        Files.writeString(directory.resolve("workers.target"), """
                [Unit]
                DefaultDependencies=no
                Wants=systemd-journald.service
                """);
        String unit = Files.readString(UnitFile.example("sluice-worker@.service"))
                .replace("ExecStart=/usr/bin/java ", "ExecStart=/opt/java/bin/java ");
        Files.writeString(directory.resolve("sluice-worker@.service"), unit);
        Files.copy(UnitFile.example("sluice-worker@.socket"), directory.resolve("sluice-worker@.socket"));
        Path dropIns = Files.createDirectory(directory.resolve("sluice-worker@.service.d"));
        Files.writeString(dropIns.resolve("alone.conf"), """
                [Unit]
                # Neither what sets up a machine, nor a network that is there already.
                DefaultDependencies=no
                Wants=
                """);
        Path socketDropIns = Files.createDirectory(directory.resolve("sluice-worker@.socket.d"));
        Files.writeString(socketDropIns.resolve("alone.conf"), """
                [Unit]
                DefaultDependencies=no
                """);
        return directory;
    }

    private static Path cgroup() throws IOException {
        // proc(5), mountinfo: the fifth field is where, and after a dash comes the type.
        for (String mount : Files.readAllLines(Path.of("/proc/self/mountinfo"))) {
            if (mount.contains(" - cgroup2 ")) {
                Path made = Path.of(
                        mount.split(" ")[4], "sluice-" + ProcessHandle.current().pid());
                try {
                    return Files.createDirectory(made);
                } catch (IOException x) {
                    return abort("systemd cannot run here, without a control group of its own: " + x);
                }
            }
        }
        return abort("systemd cannot run here, where no cgroup2 is mounted");
    }

    private String awaitInit(Path log) throws Exception {
        try {
            Awaitility.await().atMost(LIMIT).until(() -> isUp() || !unshare.isAlive());
        } catch (ConditionTimeoutException x) {
            return abort("systemd does not get up here: " + Files.readString(log));
        }
        if (!unshare.isAlive()) {
            return abort("systemd cannot run here: " + Files.readString(log));
        }
        return firstProcess();
    }

    private String firstProcess() {
        return unshare.children().findFirst().map(ProcessHandle::pid).orElse(0L).toString();
    }

    private boolean isUp() throws Exception {
        String first = firstProcess();
        if (first.equals("0")) {
            return false;
        }
        // "degraded" where something of the system has failed that the workers do not need.
        return Ended.of(inside(first, List.of("systemctl", "is-system-running")))
                .output()
                .matches("(running|degraded)\\s*");
    }

    private Process inside(String process, List<String> command) throws Exception {
        List<String> inside = new ArrayList<>(List.of("nsenter", "--all", "--target", process));
        inside.addAll(List.of("env", "-i", "PATH=/usr/bin:/usr/sbin"));
        inside.addAll(command);
        return new ProcessBuilder(inside).redirectErrorStream(true).start();
    }

    @Override
    public Process command(List<String> command) throws Exception {
        return inside(init, command);
    }

    /** What a command prints that must not fail. */
    String run(String... command) throws Exception {
        Ended ended = Ended.of(command(List.of(command)));
        if (ended.exitCode() != 0) {
            throw new IOException(String.join(" ", command) + ": " + ended);
        }
        return ended.output();
    }

    @Override
    public NetworkNamespace network() {
        return network;
    }

    @Override
    public void start(String instance) throws Exception {
        run("systemctl", "start", "sluice-worker@" + instance);
    }

    @Override
    public long pid(String instance) throws Exception {
        return Long.parseLong(run("systemctl", "show", "--property=MainPID", "--value", "sluice-worker@" + instance)
                .trim());
    }

    @Override
    public void installBrokenRelease() throws Exception {
        // Another file in its place: the processes that run have the old one.
        run("sh", "-c", "cd /opt/sluice && echo no jar > new && mv new sluice-worker.jar");
    }

    @Override
    public String rollingRestart() {
        return "/opt/example/rolling-restart";
    }

    @Override
    public String log() throws Exception {
        run("journalctl", "--sync");
        return run("journalctl", "--no-pager", "--output=cat", "--identifier=java");
    }

    @Override
    public void close() {
        end(unshare, network);
    }

    private void end(Process started, NetworkNamespace made) {
        try {
            if (started != null) {
                started.destroyForcibly().waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS);
            }
            Awaitility.await()
                    .atMost(LIMIT)
                    .ignoreExceptionsInstanceOf(IOException.class)
                    .until(() -> isRemoved(cgroup));
        } catch (InterruptedException x) {
            Thread.currentThread().interrupt();
        } finally {
            if (made != null) {
                made.close();
            }
        }
    }

    /** A control group can be removed when its last process is gone, and those below it first. */
    private static boolean isRemoved(Path cgroup) throws IOException {
        Files.walkFileTree(cgroup, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult postVisitDirectory(Path directory, IOException failure) throws IOException {
                Files.delete(directory);
                return FileVisitResult.CONTINUE;
            }
        });
        return true;
    }
}
