package io.sluice.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which kernels are known to have the fix of CVE-2026-52910. Each row: uname -r, uname -v, known safe. */
class KernelVersionTest {
    private static final String VANILLA = "#1 SMP PREEMPT_DYNAMIC Wed Jul  1 10:00:00 UTC 2026";

    /** The last release without the fix and the first with it, in each branch that got it. */
    @ParameterizedTest
    @CsvSource({
        "5.10.258, false", "5.10.259, true",
        "5.15.209, false", "5.15.210, true",
        "6.1.175, false", "6.1.176, true",
        "6.6.142, false", "6.6.143, true",
        "6.12.93, false", "6.12.94, true",
        "6.18.35, false", "6.18.36, true",
        "7.0.12, false", "7.0.13, true",
    })
    void stableBranches(String release, boolean safe) {
        assertEquals(safe, isKnownSafe(release, VANILLA));
        assertEquals(safe, isKnownSafe(release + "-custom", VANILLA));
    }

    /** Mainline has it since 7.1-rc3; candidates of 7.1 are not told apart. */
    @ParameterizedTest
    @CsvSource({
        "7.1, true",
        "7.1.0, true",
        "7.1.4, true",
        "7.1-rc2, false",
        "7.1.0-rc1, false",
        "7.1.0-rc2+, false",
        "7.2-rc1, true",
        "7.2.0-rc1, true",
        "7.10.1, true",
        "8.0, true",
        "10.0.1, true",
        "7.0, false",
        "7.0.0, false",
        "7.0-rc7, false",
        "6.18, false",
        "6.18.0-rc4, false",
    })
    void mainline(String release, boolean safe) {
        assertEquals(safe, isKnownSafe(release, VANILLA));
    }

    /** A higher number alone says nothing: these branches ended before the fix. */
    @ParameterizedTest
    @CsvSource({
        "6.19.5",
        "6.17.9",
        "6.14.11",
        "6.11.11",
        "6.8.12",
        "6.8.999",
        "5.4.300",
        "4.19.325",
        "4.14.355",
        "3.10.0"
    })
    void branchesWithoutTheFix(String release) {
        assertFalse(isKnownSafe(release, VANILLA));
    }

    /** Debian's package number counts; that of uname -r stays at 6.1.0 in Debian 12. */
    @ParameterizedTest
    @CsvSource({
        "6.1.0-50-cloud-amd64, #1 SMP PREEMPT_DYNAMIC Debian 6.1.176-1 (2026-07-02), true",
        "6.1.0-49-amd64, #1 SMP PREEMPT_DYNAMIC Debian 6.1.174-1 (2026-05-30), false",
        "6.12.94+deb13-amd64, #1 SMP PREEMPT_DYNAMIC Debian 6.12.94-1 (2026-06-20), true",
        "6.12.90+deb13-amd64, #1 SMP PREEMPT_DYNAMIC Debian 6.12.90-2 (2026-05-27), false",
        "6.12.95+deb12-amd64, #1 SMP PREEMPT_DYNAMIC Debian 6.12.95-1~bpo12+1 (2026-07-10), true",
        "6.12.90+deb12-amd64, #1 SMP PREEMPT_DYNAMIC Debian 6.12.90-2~bpo12+1 (2026-06-02), false",
        "5.10.0-40-amd64, #1 SMP Debian 5.10.259-1 (2026-07-05), true",
        "5.10.0-39-amd64, #1 SMP Debian 5.10.257-1 (2026-05-20), false",
    })
    void debian(String release, String build, boolean safe) {
        assertEquals(safe, isKnownSafe(release, build));
    }

    /** Ubuntu counts for itself, and each flavour apart; only the generic kernel's numbers are known. */
    @ParameterizedTest
    @CsvSource({
        "5.15.0-197-generic, #207-Ubuntu SMP Wed Jul 1 10:00:00 UTC 2026, false",
        "5.15.0-198-generic, #208-Ubuntu SMP Wed Sep 2 10:00:00 UTC 2026, true",
        "6.8.0-145-generic, #145-Ubuntu SMP PREEMPT_DYNAMIC Wed Jul 1 10:00:00 UTC 2026, false",
        "6.8.0-146-generic, #146-Ubuntu SMP PREEMPT_DYNAMIC Wed Sep 2 10:00:00 UTC 2026, true",
        "6.8.0-146-generic, #146~22.04.1-Ubuntu SMP PREEMPT_DYNAMIC Wed Sep 2 10:00:00 UTC 2026, true",
        "7.0.0-30-generic, #30-Ubuntu SMP PREEMPT_DYNAMIC Wed Jul 1 10:00:00 UTC 2026, false",
        "7.0.0-31-generic, #31-Ubuntu SMP PREEMPT_DYNAMIC Wed Aug 5 10:00:00 UTC 2026, true",
        "7.0.0-34-generic, #34-Ubuntu SMP PREEMPT_DYNAMIC Wed Sep 2 10:00:00 UTC 2026, true",
        "6.8.0-146-aws, #146-Ubuntu SMP Wed Sep 2 10:00:00 UTC 2026, false",
        "6.8.0-1066-aws, #69-Ubuntu SMP Wed Sep 2 10:00:00 UTC 2026, false",
        "5.15.0-1117-aws, #124-Ubuntu SMP Wed Sep 2 10:00:00 UTC 2026, false",
        "6.17.0-40-generic, #40~24.04.1-Ubuntu SMP PREEMPT_DYNAMIC Wed Sep 2 10:00:00 UTC 2026, false",
        "6.14.0-999-generic, #999~24.04.1-Ubuntu SMP PREEMPT_DYNAMIC Wed Sep 2 10:00:00 UTC 2026, false",
        "5.4.0-999-generic, #999-Ubuntu SMP Wed Sep 2 10:00:00 UTC 2026, false",
    })
    void ubuntu(String release, String build, boolean safe) {
        assertEquals(safe, isKnownSafe(release, build));
    }

    /** RHEL and its kin keep one number for years, and list no build with the fix. */
    @ParameterizedTest
    @CsvSource({
        "5.14.0-687.45.1.el9_8.x86_64",
        "5.14.0-687.29.1.el9_8.x86_64",
        "6.12.0-211.51.1.el10_2.x86_64",
        "4.18.0-553.144.1.el8_10.x86_64",
        "6.12.99-1.el9.elrepo.x86_64",
    })
    void enterpriseLinux(String release) {
        assertFalse(isKnownSafe(release, "#1 SMP PREEMPT_DYNAMIC Tue Sep 1 10:00:00 EDT 2026"));
    }

    /** Amazon Linux keeps the number of the stable release that it is made of. */
    @ParameterizedTest
    @CsvSource({
        "6.1.176-220.360.amzn2023.x86_64, true",
        "6.1.175-219.357.amzn2023.x86_64, false",
        "6.12.94-123.176.amzn2023.x86_64, true",
        "6.18.36-69.136.amzn2023.aarch64, true",
        "5.10.259-258.1043.amzn2.x86_64, true",
        "4.14.336-257.562.amzn2.x86_64, false",
    })
    void amazon(String release, boolean safe) {
        assertEquals(safe, isKnownSafe(release, VANILLA));
    }

    /** Fedora writes a release candidate as 0.rc2: no more known to be safe than 7.1-rc2 itself. */
    @ParameterizedTest
    @CsvSource({
        "7.1.0-0.rc2.17.fc45.x86_64, false",
        "7.1.0-0.rc1.260501g0123456789ab.12.fc45.x86_64, false",
        "7.1.3-200.fc44.x86_64, true",
        "6.18.36-200.fc43.x86_64, true",
        "6.19.14-200.fc43.x86_64, false",
    })
    void fedora(String release, boolean safe) {
        assertEquals(safe, isKnownSafe(release, VANILLA));
    }

    /** What is no version is not known to be safe, and no reason to fail. */
    @ParameterizedTest
    @CsvSource({
        "''",
        "' '",
        "x",
        "-",
        "6",
        "6.",
        "6.x.1",
        "six.eighteen.thirty-six",
        "-7.2.0",
        "99999999999.1.1",
        "7.99999999999"
    })
    void garbage(String release) {
        assertFalse(isKnownSafe(release, VANILLA));
        assertFalse(isKnownSafe(release, ""));
    }

    /** The running kernel has a release and a build of its own. */
    @Test
    @EnabledOnOs(OS.LINUX)
    void theRunningKernel() {
        KernelVersion current = KernelVersion.current();
        assertEquals(Sysctl.read("kernel/osrelease").orElseThrow(), current.release());
        assertEquals(Sysctl.read("kernel/version").orElseThrow(), current.build());
    }

    private static boolean isKnownSafe(String release, String build) {
        return new KernelVersion(release, build).isKnownSafe();
    }
}
