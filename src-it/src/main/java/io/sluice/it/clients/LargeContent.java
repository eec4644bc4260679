package io.sluice.it.clients;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Random;

/** The bytes of a large transfer, which the worker makes in the same way: the first N of {@code new Random(N)}. */
final class LargeContent {
    /** At {@link #RATE} a transfer takes 2.5 s, well within the 5 s of a drain. */
    static final int LENGTH = 50_000_000;

    /** For {@code curl --limit-rate}: bytes per second. */
    static final int RATE = 20_000_000;

    private static final int CHUNK = 40_000;

    private LargeContent() {}

    /** Writes the bytes to a new file. */
    static Path writeTo(Path file) throws IOException {
        try (OutputStream output = new BufferedOutputStream(Files.newOutputStream(file))) {
            write(new Random(LENGTH), output);
        }
        return file;
    }

    /** The SHA-256 of the bytes, in hex. */
    static String digest() {
        MessageDigest digest = sha256();
        try (OutputStream output = new DigestOutputStream(OutputStream.nullOutputStream(), digest)) {
            write(new Random(LENGTH), output);
        } catch (IOException x) {
            throw new UncheckedIOException(x);
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    private static void write(Random random, OutputStream output) throws IOException {
        byte[] chunk = new byte[CHUNK];
        for (int written = 0; written < LENGTH; written += CHUNK) {
            random.nextBytes(chunk);
            output.write(chunk);
        }
    }

    static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException x) {
            throw new IllegalStateException("every Java platform has SHA-256", x);
        }
    }
}
