package io.sluice.linux;

/** Machines that this one is not. */
public final class TestFeatures {
    private static final KernelVersion SAFE = new KernelVersion("6.18.36", "#1 SMP");
    private static final KernelVersion UNSAFE = new KernelVersion("6.18.35", "#1 SMP");

    private TestFeatures() {}

    /** A machine where nothing can be asked of the kernel. */
    public static Features without(String obstacle) {
        return new Features(obstacle, false, false, SAFE);
    }

    /** A machine where all can be done. */
    public static Features all() {
        return new Features(null, true, false, SAFE);
    }

    /** A machine whose kernel refuses reuseport programs. */
    public static Features withoutSteering() {
        return new Features(null, false, false, SAFE);
    }

    /** A machine whose kernel is not known to be safe to steer on. */
    public static Features unsafe() {
        return new Features(null, true, false, UNSAFE);
    }
}
