package io.sluice.it.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class SpentTest {
    @Test
    void whatIsToldCanBeRead() {
        Spent spent = new Spent(12, 345);

        assertEquals("{\"cpuNanos\":12,\"allocatedBytes\":345}", spent.toJson());
        assertEquals(spent, Spent.parse(spent.toJson()));
        assertThrows(IllegalArgumentException.class, () -> Spent.parse("ok"));
    }

    @Test
    void whatWasSpentBeforeDoesNotCount() {
        assertEquals(new Spent(10, 300), new Spent(12, 345).since(new Spent(2, 45)));
    }

    @Test
    void anAllocationIsSeen() {
        Spent before = Spent.ofThisProcess();
        byte[] allocated = new byte[1_000_000];
        Spent spent = Spent.ofThisProcess().since(before);

        assertTrue(spent.allocatedBytes() >= allocated.length, spent::toString);
        assertTrue(before.cpuNanos() > 0, before::toString);
    }
}
