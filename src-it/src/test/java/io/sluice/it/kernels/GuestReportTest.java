package io.sluice.it.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GuestReportTest {
    private static final Trial.Counts ALL = new Trial.Counts(40, 0, 0, 0, 1);
    private static final Trial TRIAL = new Trial("gate", "root", "gate", "filter", 2, ALL, ALL, 20, ALL, "");

    @Test
    void aTrialIsReadAsItIsPrinted() {
        Trial failed = Trial.failed("steer", "nobody", "a worker\n\thangs");

        assertEquals(TRIAL, Trial.parse(TRIAL.line()));
        assertEquals("a worker hangs", Trial.parse(failed.line()).error());
        assertFalse(failed.passes());
    }

    @ParameterizedTest(name = "{0}, lost {1} under load, {2} half-open, {3} frozen: {4}")
    @CsvSource({
        "gate, 0, 0, 0, true",
        "gate, 1, 0, 0, false",
        "gate, 0, 1, 0, false",
        "auto, 0, 0, 1, false",
        "two-pass, 1, 9, 0, true",
        "two-pass, 0, 0, 1, false"
    })
    void whoMayBeLost(String strategy, int load, int halfOpen, int frozen, boolean passes) {
        Trial trial = new Trial(strategy, "root", strategy, "-", 2, lost(load), lost(halfOpen), 0, lost(frozen), "");

        assertEquals(passes, trial.passes());
    }

    private static Trial.Counts lost(int count) {
        return new Trial.Counts(40, count, 0, 0, 0);
    }

    /** A guest may die in the middle of a line. */
    @Test
    void aGuestWithoutAnEndFails() {
        GuestReport whole = GuestReport.parse("x", List.of(TRIAL.line(), "END"));
        GuestReport cut = GuestReport.parse("x", List.of(TRIAL.line(), "TRIAL\tauto\troo"));

        assertTrue(whole.passes());
        assertFalse(cut.passes());
        assertEquals(List.of(TRIAL), cut.trials());
        assertFalse(GuestReport.parse("x", List.of("END")).passes());
    }
}
