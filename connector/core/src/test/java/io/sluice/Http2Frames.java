package io.sluice;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** The bytes of HTTP/2: frames (RFC 9113, 4.1) and the little of HPACK that a client can live on. */
final class Http2Frames {
    private Http2Frames() {}

    /** HPACK without its tables: each name and value as it is (RFC 7541, 6.2.2), pseudo headers first. */
    static byte[] literals(String... namesAndValues) {
        ByteArrayOutputStream block = new ByteArrayOutputStream();
        for (int i = 0; i < namesAndValues.length; i++) {
            if (i % 2 == 0) {
                block.write(0); // A new name follows, which is not to be remembered.
            }
            block.write(namesAndValues[i].length());
            block.writeBytes(namesAndValues[i].getBytes(StandardCharsets.US_ASCII));
        }
        return block.toByteArray();
    }

    /** The first byte of a header block after changes of the table's size (RFC 7541, 6.3), which begin with 001. */
    static int firstField(byte[] block) {
        int at = 0;
        while ((block[at] & 0xE0) == 0x20) {
            if ((block[at++] & 0x1F) == 0x1F) {
                while ((block[at++] & 0x80) != 0) {} // An integer in several bytes.
            }
        }
        return block[at] & 0xFF;
    }

    static byte[] frame(int type, int flags, int id, byte[] payload) {
        return ByteBuffer.allocate(9 + payload.length)
                .put((byte) (payload.length >> 16))
                .putShort((short) payload.length)
                .put((byte) type)
                .put((byte) flags)
                .putInt(id)
                .put(payload)
                .array();
    }
}
