package io.sluice.internal.listen;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Optional;
import org.junit.jupiter.api.Test;

class BacklogTest {
    @Test
    void theCapIsANumber() {
        assertEquals(128, Backlog.cap(Optional.of("128")));
    }

    @Test
    void anUnknownCapIsNone() {
        assertEquals(Integer.MAX_VALUE, Backlog.cap(Optional.empty()));
        assertEquals(Integer.MAX_VALUE, Backlog.cap(Optional.of("many")));
    }
}
