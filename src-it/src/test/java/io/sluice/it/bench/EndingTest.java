package io.sluice.it.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class EndingTest {
    private static final String REPORT =
            "{\"untilFirstPassMillis\":1.000,\"untilSettledMillis\":3.500,\"untilClosedMillis\":4.000}";

    @Test
    void whatIsPrintedCanBeRead() {
        Ending drain = new Ending(Side.SLUICE, 5.25, REPORT);
        Ending loop = new Ending(Side.LOOP, 0.125, "");

        assertEquals("SLUICE millis=5.2500 " + REPORT, drain.line());
        assertEquals("LOOP millis=0.1250", loop.line());
        assertEquals(drain, Ending.parse(drain.line()));
        assertEquals(loop, Ending.parse(loop.line()));
    }

    @Test
    void thePhasesAreTheWhole() {
        Ending drain = new Ending(Side.SLUICE, 5.25, REPORT);

        assertEquals(1.25, drain.beforeDrainMillis());
        assertEquals(1, drain.firstPassMillis());
        assertEquals(2.5, drain.handshakesMillis());
        assertEquals(0.5, drain.closeMillis());
    }

    @Test
    void otherOutputIsNone() {
        assertFalse(Ending.isLine("[main] INFO org.eclipse.jetty.server.Server - jetty"));
        assertTrue(Ending.isLine("STOCK millis=0.1"));
        assertThrows(IllegalArgumentException.class, () -> Ending.parse("STOCK"));
    }
}
