package io.sluice.linux;

import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Whether a kernel is known to be safe to steer on. Replacing or detaching a classic reuseport program could free it
 * while the kernel still ran it, until "bpf: Free reuseport cBPF prog after RCU grace period" (mainline commit
 * 18fc650ccd7f, CVE-2026-52910). The versions with the fix are those of the CVE's own record (CVEProject/cvelistV5,
 * cves/2026/52xxx/CVE-2026-52910.json): the fix is in 7.1 and was carried back to the branches below and to no other,
 * so that a higher number alone says nothing (6.19 has no fix).
 *
 * @param release as {@code uname -r} prints it
 * @param build as {@code uname -v} prints it
 */
public record KernelVersion(String release, String build) {
    /** Stable branch, and the first release of it that has the fix. */
    private static final Map<String, Integer> FIXED_IN = Map.of(
            "5.10", 259,
            "5.15", 210,
            "6.1", 176,
            "6.6", 143,
            "6.12", 94,
            "6.18", 36,
            "7.0", 13);

    /** Ubuntu's own numbering: mainline version, and the first ABI number of the generic kernel that has the fix. */
    private static final Map<String, Integer> FIXED_IN_UBUNTU_GENERIC = Map.of(
            "5.15.0", 198, // 5.15.0-198.208 for 22.04, Ubuntu's CVE tracker
            "6.8.0", 146, // 6.8.0-146.146 for 24.04, the same
            "7.0.0", 31); // 7.0.0-31.31 for 26.04, USN-8726-1

    private static final Pattern STABLE =
            Pattern.compile("(\\d{1,5})\\.(\\d{1,5})(?:\\.(\\d{1,5}))?(?!\\d)(-(?:0\\.)?rc\\d+)?.*");
    private static final Pattern UBUNTU = Pattern.compile("(\\d+\\.\\d+\\.\\d+)-(\\d{1,5})-([a-z0-9-]+)");
    private static final Pattern DEBIAN = Pattern.compile(".* Debian (\\d+\\.\\d+\\.\\d+)-.*");
    private static final Pattern ENTERPRISE = Pattern.compile(".*\\.el\\d+.*");

    /**
     * The running kernel.
     *
     * @return its version
     */
    public static KernelVersion current() {
        return new KernelVersion(
                System.getProperty("os.version"), Sysctl.read("kernel/version").orElse(""));
    }

    /**
     * Whether steering is known to be safe.
     *
     * @return true only if this kernel is known to have the fix
     */
    public boolean isKnownSafe() {
        if (ENTERPRISE.matcher(release).matches()) {
            return false; // RHEL and its kin keep one number for years; Red Hat lists no build with the fix.
        }
        Matcher debian = DEBIAN.matcher(build);
        if (debian.matches()) {
            return isFixedStable(debian.group(1)); // Debian 12: 6.1.176-1 (DLA-4665-1); uname -r says 6.1.0-50 there.
        }
        Matcher ubuntu = UBUNTU.matcher(release);
        if (ubuntu.matches() && build.contains("Ubuntu")) {
            Integer fixed = FIXED_IN_UBUNTU_GENERIC.get(ubuntu.group(1));
            return fixed != null && ubuntu.group(3).equals("generic") && Integer.parseInt(ubuntu.group(2)) >= fixed;
        }
        return isFixedStable(release); // Mainline, stable; Amazon Linux keeps the stable number (ALAS2023-2026-1924).
    }

    private static boolean isFixedStable(String version) {
        Matcher stable = STABLE.matcher(version);
        if (!stable.matches()) {
            return false;
        }
        int major = Integer.parseInt(stable.group(1));
        int minor = Integer.parseInt(stable.group(2));
        if (major > 7 || major == 7 && minor > 1) {
            return true;
        }
        if (major == 7 && minor == 1) {
            return stable.group(4) == null; // Fixed in -rc3; who runs an -rc can ask for steering by name.
        }
        Integer fixed = FIXED_IN.get(major + "." + minor);
        return fixed != null && stable.group(3) != null && Integer.parseInt(stable.group(3)) >= fixed;
    }
}
