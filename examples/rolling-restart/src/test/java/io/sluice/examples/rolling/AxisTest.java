package io.sluice.examples.rolling;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

class AxisTest {
    @Test
    void linearTicksAreRoundAndReachTheValue() {
        assertEquals(List.of(0.0, 1.0, 2.0, 3.0), Axis.linear(3, 4, 0, 1).ticks());
        assertEquals(List.of(0.0, 20.0, 40.0), Axis.linear(40, 4, 0, 1).ticks());
        assertEquals(List.of(0.0, 200.0, 400.0), Axis.linear(301, 4, 0, 1).ticks());
    }

    @Test
    void logarithmicTicksAreRoundAndReachBothValues() {
        assertEquals(
                List.of(20.0, 50.0, 100.0, 200.0, 500.0, 1000.0, 2000.0),
                Axis.logarithmic(21, 1030, 0, 1).ticks());
        assertEquals(List.of(0.1, 0.2), Axis.logarithmic(0.1, 0.15, 0, 1).ticks());
    }

    @Test
    void thereIsAnAxisEvenIfAllValuesAreOne() {
        assertEquals(List.of(0.0, 1.0), Axis.linear(0, 4, 0, 1).ticks());
        assertEquals(List.of(1.0, 2.0), Axis.logarithmic(1, 1, 0, 1).ticks());
    }

    /** A picture's y runs downwards. */
    @Test
    void valuesAreBetweenTheEnds() {
        Axis linear = Axis.linear(100, 5, 200, 0);
        assertEquals(200, linear.at(0));
        assertEquals(100, linear.at(50));
        assertEquals(0, linear.at(100));
        assertEquals(0, linear.at(1000), "what is beyond an end is at that end");
        Axis logarithmic = Axis.logarithmic(1, 100, 0, 200);
        assertEquals(100, logarithmic.at(10), 1e-9);
        assertEquals(0, logarithmic.at(0));
    }
}
