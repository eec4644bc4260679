package io.sluice.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.IntRange;

/** Whatever a kernel calls itself: an answer, soon, and "safe" only where the numbers say so. */
@Tag("slow")
class KernelVersionFuzzTest {
    private static final Duration SOON = Duration.ofSeconds(5);
    private static final String BUILD = "#1 SMP PREEMPT_DYNAMIC";
    private static final Map<String, Integer> FIXED_IN =
            Map.of("5.10", 259, "5.15", 210, "6.1", 176, "6.6", 143, "6.12", 94, "6.18", 36, "7.0", 13);

    /** Nothing that looks like a version: not safe, and no failure. */
    @Property(tries = 1000)
    void arbitraryNames(@ForAll String release, @ForAll String build) {
        assertTimeoutPreemptively(
                SOON,
                () -> assertTrue(!isKnownSafe(release, build) || (release + build).matches("(?s).*\\d.*"), release));
    }

    /** What looks much like a version, of whichever distribution, has an answer; what begins as none is not safe. */
    @Property(tries = 2000, edgeCases = EdgeCasesMode.NONE)
    void almostVersions(@ForAll("versions") String release, @ForAll("builds") String build) {
        assertTimeoutPreemptively(SOON, () -> {
            boolean safe = isKnownSafe(release, build);
            assertTrue(!safe || release.matches("(?s)\\d.*") || build.contains("Debian"), release + ", " + build);
        });
    }

    /** A release of a branch is safe from its fix on, whatever is said behind its number. */
    @Property(tries = 1000)
    void aBranchIsSafeFromItsFixOn(
            @ForAll("branches") String branch,
            @ForAll @IntRange(max = 99_999) int patch,
            @ForAll("suffixes") String suffix) {
        assertEquals(patch >= FIXED_IN.get(branch), isKnownSafe(branch + "." + patch + suffix, BUILD));
    }

    /** All that comes after 7.1 is safe; all other branches are not, however high their last number. */
    @Property(tries = 1000)
    void otherBranches(
            @ForAll @IntRange(max = 20) int major,
            @ForAll @IntRange(max = 40) int minor,
            @ForAll @IntRange(max = 99_999) int patch) {
        boolean safe = major > 7 || major == 7 && minor > 0;
        if (!FIXED_IN.containsKey(major + "." + minor)) {
            assertEquals(safe, isKnownSafe("%d.%d.%d".formatted(major, minor, patch), BUILD));
        }
    }

    /** Enterprise kernels keep their number for years: none is known to be safe. */
    @Property(tries = 500, edgeCases = EdgeCasesMode.NONE)
    void enterpriseIsNeverSafe(@ForAll("versions") String release, @ForAll("builds") String build) {
        assertFalse(isKnownSafe(release + ".el9.x86_64", build));
    }

    @Provide
    Arbitrary<String> branches() {
        return Arbitraries.of(FIXED_IN.keySet());
    }

    @Provide
    Arbitrary<String> suffixes() {
        return Arbitraries.oneOf(
                Arbitraries.of("", "-generic", "+", "-1-amd64", "_custom", "-rc1", ".1"),
                Arbitraries.strings().alpha().ofMaxLength(10));
    }

    @Provide
    Arbitrary<String> versions() {
        Arbitrary<String> number = Arbitraries.oneOf(
                Arbitraries.of("5", "6", "7", "10", "12", "15", "18", "0", "1", "36", "94", "146", "198"),
                Arbitraries.strings().numeric().ofMinLength(1).ofMaxLength(12));
        Arbitrary<String> part = Arbitraries.oneOf(
                number, number, Arbitraries.of(".", "-", "-rc", "-0.rc", "generic", "-generic", "amd64", "+"));
        return Combinators.combine(number, number, number, part.list().ofMaxSize(8))
                .as((major, minor, patch, rest) -> major + "." + minor + "." + patch + String.join("", rest));
    }

    @Provide
    Arbitrary<String> builds() {
        return Combinators.combine(Arbitraries.of(BUILD, "#1-Ubuntu SMP", "#1 SMP Debian", " Debian ", ""), versions())
                .as((begin, version) -> begin + " " + version + "-1 (2026-07-02)");
    }

    private static boolean isKnownSafe(String release, String build) {
        return new KernelVersion(release, build).isKnownSafe();
    }
}
