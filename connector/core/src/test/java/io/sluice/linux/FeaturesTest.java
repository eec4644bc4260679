package io.sluice.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sluice.TestJvm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** What an operator reads where something cannot be done. */
@Timeout(60)
class FeaturesTest {
    private static final KernelVersion FIXED = new KernelVersion("6.18.36", "#1 SMP");

    @Test
    void anotherSystemIsNamed() {
        assertEquals("this is Mac OS X, not Linux", Features.obstacleOf("Mac OS X", "aarch64"));
        assertEquals("the numbers of socket options on s390x are not known", Features.obstacleOf("Linux", "s390x"));
        assertNull(Features.obstacleOf("Linux", "riscv64"));
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void everythingCanBeDoneHere() {
        Features features = Features.detect();

        assertEquals(Optional.empty(), features.obstacleToNativeAccess());
        assertEquals(Optional.empty(), features.obstacleToSteering());
        assertEquals(KernelVersion.current().isKnownSafe(), features.isKernelSafe());
    }

    @Test
    void aKernelThatRefusesProgramsDoesNotSteer() {
        Features features = new Features(null, false, true, FIXED);

        assertEquals(Optional.of("the kernel refuses reuseport programs"), features.obstacleToSteering());
        assertEquals(Optional.empty(), features.obstacleToNativeAccess());
    }

    @Test
    void withoutNativeAccessThatIsTheReason() {
        Features features = new Features("this is Mac OS X, not Linux", false, false, FIXED);

        assertEquals(Optional.of("this is Mac OS X, not Linux"), features.obstacleToSteering());
        assertFalse(features.mayFilter());
    }

    @Test
    void theKernelsSafetyHasASource() {
        assertEquals(
                "kernel 6.18.36 is known to have the fix of CVE-2026-52910",
                new Features(null, true, true, FIXED).kernelSafety());
        assertEquals(
                "kernel 6.18.35 is not known to have the fix of CVE-2026-52910",
                new Features(null, true, true, new KernelVersion("6.18.35", "#1 SMP")).kernelSafety());
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void aMissingJnaIsNamed() throws Exception {
        assertEquals(
                "no native access: JNA (net.java.dev.jna:jna) is not on the class path or module path",
                obstacleIn(new TestJvm().withoutJna()));
    }

    /** JNA unpacks its library where -Djna.tmpdir says. */
    @Test
    @EnabledOnOs(OS.LINUX)
    void aDirectoryThatJnaWasGivenIsNamed() throws Exception {
        assertNames("/proc/1/none", obstacleIn(new TestJvm().options("-Djna.tmpdir=/proc/1/none")));
    }

    /** Otherwise in ~/.cache/JNA, and where that cannot be made in the temporary directory: here it is a file. */
    @Test
    @EnabledOnOs(OS.LINUX)
    void aTemporaryDirectoryThatIsNoneIsNamed(@TempDir Path dir) throws Exception {
        Path file = Files.createFile(dir.resolve("file"));

        assertNames(
                file.toString(),
                obstacleIn(new TestJvm("env", "XDG_CACHE_HOME=" + file).options("-Djava.io.tmpdir=" + file)));
    }

    /** A container with a read-only file system, and a user that is not root. */
    @Test
    @EnabledOnOs(OS.LINUX)
    void aReadOnlyDirectoryIsNamed(@TempDir Path dir) throws Exception {
        assumeTrue(System.getProperty("user.name").equals("root"), "only root may become nobody");
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/setpriv")), "no setpriv");
        Path readOnly = Files.createDirectory(dir.resolve("read-only"));
        Files.setPosixFilePermissions(dir, PosixFilePermissions.fromString("rwxr-xr-x"));
        Files.setPosixFilePermissions(readOnly, PosixFilePermissions.fromString("r-xr-xr-x"));

        assertNames(
                readOnly.toString(),
                obstacleIn(new TestJvm(
                                "setpriv",
                                "--reuid=65534",
                                "--regid=65534",
                                "--clear-groups",
                                "env",
                                "-u",
                                "XDG_CACHE_HOME")
                        .options("-Djava.io.tmpdir=" + readOnly, "-Duser.home=" + readOnly)
                        .classPath(readableByAll(dir.resolve("lib")))));
    }

    /** Another library has tried JNA before us: what a class says that failed to initialize is no cause. */
    @Test
    @EnabledOnOs(OS.LINUX)
    void theFirstCauseIsNamedThoughSomebodyElseMetIt() throws Exception {
        assertNames("/proc/1/none", obstacleIn(new TestJvm().options("-Djna.tmpdir=/proc/1/none"), "after others"));
    }

    /** The second start of a connector in the same JVM gives the same reason as the first. */
    @Test
    @EnabledOnOs(OS.LINUX)
    void theCauseIsKept() throws Exception {
        assertNames("/proc/1/none", obstacleIn(new TestJvm().options("-Djna.tmpdir=/proc/1/none"), "twice"));
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    @EnabledForJreRange(minVersion = 24)
    void whatAllowsNativeAccessIsNamed() throws Exception {
        String obstacle = obstacleIn(new TestJvm().options("--illegal-native-access=deny"));

        assertTrue(obstacle.contains("--enable-native-access=ALL-UNNAMED"), obstacle);
    }

    private static void assertNames(String directory, String obstacle) {
        assertTrue(obstacle.startsWith("no native access: JNA cannot unpack its library"), obstacle);
        assertTrue(obstacle.contains("temporary directory " + directory + ";"), obstacle);
        assertTrue(obstacle.contains("-Djna.tmpdir"), obstacle);
        assertFalse(obstacle.contains("NoClassDefFoundError"), obstacle);
    }

    private static String obstacleIn(TestJvm jvm, String... arguments) throws IOException, InterruptedException {
        String output = jvm.run(Tell.class, arguments);
        return output.lines()
                .filter(line -> line.startsWith("OBSTACLE "))
                .map(line -> line.substring("OBSTACLE ".length()))
                .findFirst()
                .orElseThrow(() -> new AssertionError(output));
    }

    /** What the features need, and the class below; /root is closed to others. */
    private static List<String> readableByAll(Path lib) throws IOException {
        Path own = Files.createDirectories(lib.resolve("io/sluice/linux"));
        List<String> classPath = new ArrayList<>(List.of(lib.toString()));
        for (String entry : TestJvm.classPath()) {
            Path path = Path.of(entry);
            if (Files.isDirectory(path.resolve("io/sluice/linux"))) {
                try (Stream<Path> classes = Files.list(path.resolve("io/sluice/linux"))) {
                    for (Path each : classes.toList()) {
                        Files.copy(each, own.resolve(each.getFileName()));
                    }
                }
            } else if (entry.contains("jna") || entry.contains("slf4j-api")) {
                classPath.add(Files.copy(path, lib.resolve(path.getFileName())).toString());
            }
        }
        return classPath;
    }

    /** What the JVMs run. */
    static final class Tell {
        private Tell() {}

        public static void main(String[] args) {
            if (args.length > 0 && args[0].equals("after others")) {
                try {
                    System.out.println(com.sun.jna.Native.POINTER_SIZE);
                } catch (LinkageError x) {
                    System.out.println("The first to try: " + x);
                }
            }
            if (args.length > 0 && args[0].equals("twice")) {
                Features.detect();
            }
            System.out.println(
                    "OBSTACLE " + Features.detect().obstacleToNativeAccess().orElse("none"));
        }
    }
}
