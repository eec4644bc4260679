package io.sluice.linux;

import java.io.File;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What can be done on this machine, and if not, why, in words for its operator. It finds out by trying, and needs no class
 * of JNA to be there.
 */
public final class Features {
    private static final Logger LOG = LoggerFactory.getLogger(Features.class);
    private static final Set<String> ARCHITECTURES = Set.of("amd64", "aarch64", "riscv64"); // asm-generic/socket.h

    private final String noNativeAccess; // Null where there is.
    private final boolean reusePortPrograms;
    private final boolean filters;
    private final KernelVersion kernel;

    /**
     * Describes a machine.
     *
     * @param noNativeAccess why nothing can be asked of the kernel, or null
     * @param reusePortPrograms whether the kernel takes reuseport programs
     * @param filters whether this process may attach a filter to a TCP socket
     * @param kernel the running kernel
     */
    Features(String noNativeAccess, boolean reusePortPrograms, boolean filters, KernelVersion kernel) {
        this.noNativeAccess = noNativeAccess;
        this.reusePortPrograms = reusePortPrograms;
        this.filters = filters;
        this.kernel = kernel;
    }

    /**
     * Finds out what this process can do here and now.
     *
     * @return the features
     */
    public static Features detect() {
        String obstacle = NativeAccess.OBSTACLE;
        try {
            return obstacle != null
                    ? without(obstacle)
                    : new Features(
                            null,
                            isAllowed(Bpf.steerAround(Set.of(0), 2), Libc.SO_ATTACH_REUSEPORT_CBPF),
                            isAllowed(Bpf.synGate(), Libc.SO_ATTACH_FILTER),
                            KernelVersion.current());
        } catch (RuntimeException x) {
            // A LastErrorException, by a name that needs no JNA: seccomp forbids sockets, or no descriptor is left.
            return without("no socket of our own can be opened: " + x.getMessage());
        }
    }

    private static Features without(String obstacle) {
        return new Features(obstacle, false, false, KernelVersion.current());
    }

    /** Has done once what {@link #detect} does, which takes a while the first time: best before clients wait for us. */
    public static void preload() {
        Features features = detect();
        LOG.debug(
                "Obstacle to native access: {}, to steering: {}",
                features.noNativeAccess,
                features.obstacleToSteering());
    }

    /** Tells whether there is native access, without asking for anything else. */
    static boolean hasNativeAccess() {
        return NativeAccess.OBSTACLE == null;
    }

    /**
     * Tells why nothing can be asked of the kernel.
     *
     * @return the first cause, as a sentence without a full stop; empty where there is native access
     */
    public Optional<String> obstacleToNativeAccess() {
        return Optional.ofNullable(noNativeAccess);
    }

    /**
     * Tells why new clients cannot be steered to other members of a group.
     *
     * @return the reason; empty where they can
     */
    public Optional<String> obstacleToSteering() {
        if (noNativeAccess == null && !reusePortPrograms) {
            return Optional.of("the kernel refuses reuseport programs");
        }
        return obstacleToNativeAccess();
    }

    /**
     * Tells whether this process may attach a filter to a TCP socket.
     *
     * @return false where that takes a privilege
     */
    public boolean mayFilter() {
        return filters;
    }

    /**
     * Tells whether the kernel is known to be safe to steer on.
     *
     * @return see {@link KernelVersion#isKnownSafe}
     */
    public boolean isKernelSafe() {
        return kernel.isKnownSafe();
    }

    /**
     * Says whether the kernel is known to be safe to steer on, and by what.
     *
     * @return a sentence without a full stop
     */
    public String kernelSafety() {
        return "kernel %s is%s known to have the fix of CVE-2026-52910"
                .formatted(kernel.release(), isKernelSafe() ? "" : " not");
    }

    /** Tries a program on a socket that nobody connects to. */
    private static boolean isAllowed(Bpf program, int option) {
        Descriptor scratch = Descriptor.tcp(Libc.AF_INET);
        try {
            scratch.setInt(Libc.SOL_SOCKET, Libc.SO_REUSEPORT, 1);
            scratch.attach(option, program);
            return true;
        } catch (RuntimeException x) {
            LOG.debug("Socket option {} is refused", option, x);
            return false;
        } finally {
            scratch.close();
        }
    }

    /**
     * The one try of this JVM to load native code. A class that failed to initialize once says no more than that when it is
     * tried again (JVMS 5.5), so the first failure is kept.
     */
    private static final class NativeAccess {
        static final String OBSTACLE = load(System.getProperty("os.name"), System.getProperty("os.arch"));

        private static String load(String system, String architecture) {
            String obstacle = obstacleOf(system, architecture);
            if (obstacle != null) {
                return obstacle;
            }
            try {
                Libc.load();
                return null;
            } catch (LinkageError | RuntimeException x) {
                LOG.debug("Native code cannot be loaded", x);
                return explain(x);
            }
        }
    }

    /** Tells why this platform is not supported, or null. */
    static String obstacleOf(String system, String architecture) {
        if (!system.equals("Linux")) {
            return "this is " + system + ", not Linux";
        }
        return ARCHITECTURES.contains(architecture)
                ? null
                : "the numbers of socket options on " + architecture + " are not known";
    }

    /**
     * Explains a failure to load native code. Where another library has tried JNA before us, what failed first is only in
     * the causes (since JDK 17), as text.
     */
    static String explain(Throwable failure) {
        Throwable first = failure;
        while (first.getCause() != null) {
            first = first.getCause();
        }
        String cause = first.toString();
        if (cause.contains(ClassNotFoundException.class.getName())) {
            return "no native access: JNA (net.java.dev.jna:jna) is not on the class path or module path";
        }
        if (cause.contains(IllegalCallerException.class.getName())) {
            return "no native access: this JVM forbids it to JNA; --enable-native-access=ALL-UNNAMED, or com.sun.jna on"
                    + " the module path, allows it (" + cause + ")";
        }
        if (cause.contains(UnsatisfiedLinkError.class.getName())) {
            return ("no native access: JNA cannot unpack its library into its temporary directory %s; set -Djna.tmpdir to"
                            + " one where files may be written and executed (%s)")
                    .formatted(temporaryDirectory(), cause);
        }
        return "no native access: " + cause;
    }

    /** Finds the directory as com.sun.jna.Native does, whose own method cannot be called when the class has failed. */
    private static File temporaryDirectory() {
        String configured = System.getProperty("jna.tmpdir");
        if (configured != null) {
            return new File(configured);
        }
        String cache = System.getenv("XDG_CACHE_HOME");
        File perUser = new File(
                cache == null || cache.isBlank() ? System.getProperty("user.home") + "/.cache" : cache, "JNA/temp");
        return perUser.canWrite() ? perUser : new File(System.getProperty("java.io.tmpdir"));
    }
}
