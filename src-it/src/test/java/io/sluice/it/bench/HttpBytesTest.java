package io.sluice.it.bench;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class HttpBytesTest {
    private static final String GOOD = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

    private static ByteBuffer received(String text) {
        return HttpBytes.answerBuffer().put(text.getBytes(StandardCharsets.US_ASCII));
    }

    @Test
    void anAnswerIsWholeWithItsLastByte() {
        assertTrue(HttpBytes.isWhole(received(GOOD)));
        assertFalse(HttpBytes.isWhole(received(GOOD.substring(0, GOOD.length() - 1))));
        assertFalse(HttpBytes.isWhole(received("")));
    }

    @Test
    void onlyAWholeAnswer200IsGood() {
        assertDoesNotThrow(() -> HttpBytes.requireOk(received(GOOD)));
        assertThrows(IOException.class, () -> HttpBytes.requireOk(received(GOOD.replace("200", "503"))));
        assertThrows(IOException.class, () -> HttpBytes.requireOk(received(GOOD.replace("ok", ""))));
        assertThrows(IOException.class, () -> HttpBytes.requireOk(received("")));
    }
}
