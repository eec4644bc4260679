package io.sluice.examples.rolling;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

class OutcomesTest {
    @Test
    void onlyOkIsNotLost() {
        for (Outcome outcome : Outcome.values()) {
            assertEquals(
                    outcome == Outcome.OK ? 0 : 1, Outcomes.of(List.of(outcome)).lost(), outcome::toString);
            assertEquals(outcome != Outcome.OK, outcome.isLost(), outcome::toString);
        }
    }

    @Test
    void addsUp() {
        Outcomes one = Outcomes.of(List.of(Outcome.OK, Outcome.OK, Outcome.UNAVAILABLE));
        Outcomes sum = Outcomes.none().plus(one).plus(Outcomes.of(List.of(Outcome.RESET, Outcome.OK)));
        assertEquals("ok 3  reset 1  503 1", sum.toString());
        assertEquals(5, sum.total());
        assertEquals(2, sum.lost());
        assertEquals(3, one.total(), "the summands stay as they are");
    }
}
