package io.sluice.it.chaos;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.sluice.examples.rolling.Outcome;
import io.sluice.examples.rolling.Outcomes;
import java.util.Collections;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** When a cell fails. */
class LossTest {
    @ParameterizedTest(name = "{0}: lost {1}, told {2}, at risk {3}, killed {4}: {5}")
    @CsvSource({
        "NONE, 0, 0, 0, 0, true",
        "NONE, 1, 0, 0, 0, false",
        "NONE, 0, 1, 0, 0, false",
        "NONE, 1, 1, 5, 0, false",
        "AT_RISK, 2, 0, 2, 0, true",
        "AT_RISK, 3, 0, 2, 0, false",
        "AT_RISK, 0, 1, 2, 0, false",
        "AS_REPORTED, 3, 3, 0, 0, true",
        "AS_REPORTED, 2, 3, 0, 0, false",
        "AS_REPORTED, 4, 3, 9, 0, false",
        "OF_THE_KILLED, 24, 0, 0, 24, true",
        "OF_THE_KILLED, 25, 0, 0, 24, false"
    })
    void isAllowedOrNot(Loss loss, int lost, int told, int atRisk, int killed, boolean allowed) {
        Outcomes outcomes = Outcomes.of(Collections.nCopies(lost, Outcome.RESET));

        assertEquals(allowed, loss.violation(outcomes, told, atRisk, killed).isEmpty());
    }
}
